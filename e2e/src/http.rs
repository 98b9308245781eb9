//! A minimal HTTP/1.1 client for `chromedriver` and Parlor's API: sequential requests on a persistent connection.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
};

use crate::PATIENCE;

/// A connection to one server. It is opened by the first request, and again after an error.
pub(crate) struct Http {
    server: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
    token: Option<String>,
}

/// A response.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Http {
    pub(crate) fn to(server: SocketAddr) -> Self {
        Self { server, stream: None, token: None }
    }

    /// Sends this token with each request from now on.
    pub(crate) fn authorize(&mut self, token: String) {
        self.token = Some(token);
    }

    /// Sends a request and reads the response. An error closes the connection. The request is not repeated: the caller
    /// must decide, because the server may have handled it.
    pub(crate) fn request(&mut self, method: &str, path: &str, body: Option<&str>) -> io::Result<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => BufReader::new(connect(self.server)?),
        };
        let body = body.unwrap_or_default();
        let authorization = self
            .token
            .as_ref()
            .map_or_else(String::new, |token| format!("Authorization: Bearer {token}\r\n"));
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n{authorization}Content-Type: application/json; charset=utf-8\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.server,
            body.len()
        );
        stream.get_mut().write_all(request.as_bytes())?;
        let (answer, keep) = read_answer(&mut stream)?;
        if keep {
            self.stream = Some(stream);
        }
        Ok(answer)
    }
}

fn connect(server: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&server, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn read_answer(stream: &mut BufReader<TcpStream>) -> io::Result<(Answer, bool)> {
    let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let status = read_line(stream)?;
    let status = status.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.ok_or_else(|| bad("no status line"))?;
    let (mut length, mut keep) = (None, true);
    loop {
        let line = read_line(stream)?.to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        match line.split_once(':').map(|(name, value)| (name, value.trim())) {
            Some(("content-length", value)) => length = value.parse::<usize>().ok(),
            Some(("connection", "close")) => keep = false,
            Some(("transfer-encoding", _)) => return Err(bad("a body in chunks")),
            _ => {}
        }
    }
    let mut body = vec![0; length.ok_or_else(|| bad("a body of unknown length"))?];
    stream.read_exact(&mut body)?;
    Ok((Answer { status, body }, keep))
}

fn read_line(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}
