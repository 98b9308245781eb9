//! A JSON file in Parlor's state folder, readable by its owner alone and shared by commands that run at once.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    marker::PhantomData,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};

use crate::environment;

/// A file of one value. Without a folder nothing is kept, and the value is always the default one.
#[derive(Debug, Clone)]
pub(crate) struct StateFile<T> {
    folder: Option<PathBuf>,
    /// The file's name without `.json`.
    name: &'static str,
    value: PhantomData<fn() -> T>,
}

impl<T: Clone + Default + PartialEq + Serialize + DeserializeOwned> StateFile<T> {
    pub(crate) fn of_this_user(name: &'static str) -> Self {
        Self { folder: environment::state_folder(), name, value: PhantomData }
    }

    #[cfg(test)]
    pub(crate) fn in_folder(folder: &Path, name: &'static str) -> Self {
        Self { folder: Some(folder.to_owned()), name, value: PhantomData }
    }

    /// The value in the file, or the default one if there is no file.
    pub(crate) fn read(&self) -> io::Result<T> {
        let Some(folder) = &self.folder else { return Ok(T::default()) };
        let path = folder.join(format!("{}.json", self.name));
        match fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).map_err(|_| {
                let reason = "is damaged: repair it, or move it away and start anew";
                io::Error::other(format!("{} {reason}", path.display()))
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(T::default()),
            Err(error) => Err(explain("read", &path, &error)),
        }
    }

    /// Changes the value. The file is replaced as a whole, and is on disk when this returns. Other processes wait.
    pub(crate) fn update<R>(&self, change: impl FnOnce(&mut T) -> R) -> io::Result<R> {
        let Some(folder) = &self.folder else { return Ok(change(&mut T::default())) };
        let failed = |error: io::Error| explain("write", folder, &error);
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        let lock = private(&folder.join(format!("{}.lock", self.name))).map_err(failed)?;
        lock.lock().map_err(failed)?;
        let before = self.read()?;
        let mut value = before.clone();
        let result = change(&mut value);
        if value != before {
            self.replace(folder, &value).map_err(failed)?;
        }
        Ok(result)
    }

    fn replace(&self, folder: &Path, value: &T) -> io::Result<()> {
        let new = folder.join(format!("{}.new", self.name));
        let mut file = private(&new)?;
        file.set_len(0)?;
        serde_json::to_writer_pretty(&mut file, value)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(new, folder.join(format!("{}.json", self.name)))?;
        File::open(folder)?.sync_all()
    }
}

fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn explain(verb: &str, path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {verb} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, os::unix::fs::PermissionsExt};

    use super::*;

    #[test]
    fn a_value_comes_back_and_only_its_owner_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let file: StateFile<BTreeMap<String, u8>> = StateFile::in_folder(folder.path(), "numbers");
        assert_eq!(file.read().unwrap(), BTreeMap::new());
        file.update(|numbers| numbers.insert("one".into(), 1)).unwrap();
        file.update(|numbers| numbers.insert("two".into(), 2)).unwrap();
        assert_eq!(file.read().unwrap().into_values().collect::<Vec<_>>(), [1, 2]);
        let mode = fs::metadata(folder.path().join("numbers.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_file_is_named_and_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("numbers.json");
        fs::write(&path, "{\"one\":").unwrap();
        let file: StateFile<BTreeMap<String, u8>> = StateFile::in_folder(folder.path(), "numbers");
        let error = file.update(|numbers| numbers.insert("two".into(), 2)).unwrap_err();
        assert!(error.to_string().contains("numbers.json is damaged"), "{error}");
        assert_eq!(fs::read_to_string(path).unwrap(), "{\"one\":");
    }
}
