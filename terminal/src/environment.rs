//! The environment, apart from the variables that `--help` names. No other module reads it.

use std::{
    env,
    io::{self, IsTerminal},
    path::PathBuf,
};

/// Whether standard output may have colours: it is a terminal, and `NO_COLOR` (no-color.org) is not set.
pub(crate) fn colours() -> bool {
    io::stdout().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Parlor's folder in the user's state folder (XDG base directories).
pub(crate) fn state_folder() -> Option<PathBuf> {
    let set = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")))?;
    Some(state.join("parlor"))
}
