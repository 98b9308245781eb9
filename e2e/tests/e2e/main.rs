//! The release binary, driven through real browsers: a file for each behaviour.

mod talk;
