//! The channels of `mpmc` that are borrowed, with two slots.

borrowed!(
    mpmc, Mpmc, 2: help, announce, batch, force, forgotten, order, crowd, frozen
);
