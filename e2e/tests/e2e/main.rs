//! The release binary in real browsers: a file for each behaviour.

mod accessibility;
mod annotations;
mod burst;
mod console;
mod conversation;
mod crash;
mod frame;
mod history;
mod hostile;
mod keys;
mod layout;
mod offline;
mod reload;
mod screenshots;
mod unread;
