//! The file `address` in the data folder: where the commands on this machine find the running server.

use std::{
    fs, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
};

/// The file of a running server. Dropping it removes the file. A killed server leaves its file behind.
#[derive(Debug)]
pub struct AddressFile(PathBuf);

impl AddressFile {
    /// Writes the file. The caller holds the folder's lock, so that no other server's file is replaced.
    pub fn write(folder: &Path, address: SocketAddr) -> io::Result<Self> {
        let path = path(folder);
        // A reader sees the whole file or none.
        let unfinished = path.with_extension("new");
        fs::write(&unfinished, format!("{address}\n"))?;
        fs::rename(&unfinished, &path)?;
        Ok(Self(path))
    }
}

impl Drop for AddressFile {
    fn drop(&mut self) {
        // A file that stays is recognized as stale, because nobody holds the folder's lock.
        let _ = fs::remove_file(&self.0);
    }
}

/// Where to connect to the server that runs on this folder. `None`: there is no file, or no address in it.
pub fn read(folder: &Path) -> io::Result<Option<SocketAddr>> {
    match fs::read_to_string(path(folder)) {
        Ok(text) => Ok(text.trim().parse().ok().map(reachable)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join("address")
}

/// A server that listens on all addresses is reached by the loopback one.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_found_while_its_file_is_there() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()).unwrap(), None);
        for (listened, found) in [
            ("127.0.0.1:8080", "127.0.0.1:8080"),
            ("192.0.2.7:80", "192.0.2.7:80"),
            ("0.0.0.0:8080", "127.0.0.1:8080"),
            ("[::]:8080", "[::1]:8080"),
        ] {
            let file = AddressFile::write(folder.path(), listened.parse().unwrap()).unwrap();
            assert_eq!(read(folder.path()).unwrap(), Some(found.parse().unwrap()));
            drop(file);
            assert_eq!(read(folder.path()).unwrap(), None);
        }
    }

    #[test]
    fn a_file_without_an_address_is_like_none() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("address"), "").unwrap();
        assert_eq!(read(folder.path()).unwrap(), None);
    }
}
