//! What of the standard library has a counterpart here: [`sync::mpsc`].

/// What of `std::sync` has a counterpart here: [`mpsc`](sync::mpsc).
pub mod sync {
    pub mod mpsc;
}
