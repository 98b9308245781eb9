//! Parlor shared.
