//! waterway
