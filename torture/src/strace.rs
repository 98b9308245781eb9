//! What strace shows of a server: which calls it made, and whether anything of a message left the process before the message was on
//! disk.

use std::collections::HashMap;

use crate::log::FRAME_HEADER;

/// A system call on a file or socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Its name.
    pub name: String,
    /// What `-y` prints for the descriptor: a path, or a socket.
    pub file: String,
    /// The bytes in its arguments, one after the other.
    pub bytes: Vec<u8>,
    /// The offset, of a `pwrite64`.
    pub offset: u64,
    /// The result; -1 for an error.
    pub result: i64,
    /// The line of the trace at which it began. Lines are in the order in which things happened.
    pub began: usize,
    /// The line at which it ended.
    pub ended: usize,
}

/// Reads the output of `strace -f -y -o FILE`. Calls that did not end are left out, and lines that are no calls.
pub fn parse(trace: &str) -> Vec<Call> {
    let mut calls = Vec::new();
    let mut unfinished: HashMap<&str, (usize, &str)> = HashMap::new();
    for (number, line) in trace.lines().enumerate() {
        let Some((thread, text)) = line.split_once(' ') else { continue };
        let text = text.trim_start();
        if let Some(begin) = text.strip_suffix("<unfinished ...>") {
            unfinished.insert(thread, (number, begin));
        } else if text.starts_with("<... ") {
            let begun = unfinished.remove(thread);
            if let (Some((began, begin)), Some((_, rest))) = (begun, text.split_once(" resumed>")) {
                calls.extend(call(&format!("{begin}{rest}"), began, number));
            }
        } else {
            calls.extend(call(text, number, number));
        }
    }
    calls.sort_by_key(|call| call.began);
    calls
}

fn call(text: &str, began: usize, ended: usize) -> Option<Call> {
    let (name, rest) = text.split_once('(')?;
    let (arguments, result) = rest.rsplit_once(" = ")?;
    let arguments = arguments.trim_end().strip_suffix(')')?;
    let file =
        arguments.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or("", |(file, _)| file);
    let offset = arguments.rsplit_once(", ").and_then(|(_, last)| last.trim().parse().ok()).unwrap_or(0);
    let result = result.split_whitespace().next()?.parse().ok()?;
    let (name, file) = (name.to_owned(), file.to_owned());
    Some(Call { name, file, bytes: strings(arguments), offset, result, began, ended })
}

/// The bytes of all strings in a list of arguments, as strace quotes them.
fn strings(arguments: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = arguments.bytes().peekable();
    let mut inside = false;
    while let Some(byte) = rest.next() {
        match (byte, inside) {
            (b'"', _) => inside = !inside,
            (_, false) => {}
            (b'\\', true) => match rest.next() {
                Some(b'n') => bytes.push(b'\n'),
                Some(b't') => bytes.push(b'\t'),
                Some(b'r') => bytes.push(b'\r'),
                Some(b'v') => bytes.push(0x0B),
                Some(b'f') => bytes.push(0x0C),
                Some(digit @ b'0'..=b'7') => {
                    let mut value = u32::from(digit - b'0');
                    for _ in 0..2 {
                        let Some(digit) = rest.next_if(|byte| (b'0'..=b'7').contains(byte)) else { break };
                        value = value * 8 + u32::from(digit - b'0');
                    }
                    bytes.push(u8::try_from(value).unwrap_or(0));
                }
                Some(other) => bytes.push(other),
                None => {}
            },
            (byte, true) => bytes.push(byte),
        }
    }
    bytes
}

/// What a trace shows of messages with these ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Order {
    /// The ids of which something was sent, and only after they were synced.
    pub in_order: usize,
    /// The others, each with what is wrong.
    pub faults: Vec<String>,
    /// The successful syncs of the write-ahead log.
    pub syncs: usize,
}

/// Checks for each id: the write-ahead log has it in a transaction, a sync begins when that transaction is written completely, and
/// nothing with the id is sent before the sync has ended well.
pub fn check(calls: &[Call], ids: &[String]) -> Order {
    let of_wal = |call: &&Call| call.file.ends_with("-wal");
    let writes: Vec<&Call> = calls.iter().filter(of_wal).filter(|call| call.name == "pwrite64").collect();
    let syncs: Vec<&Call> = calls
        .iter()
        .filter(of_wal)
        .filter(|call| matches!(&*call.name, "fdatasync" | "fsync") && call.result == 0)
        .collect();
    let sends: Vec<&Call> = calls.iter().filter(|call| is_socket(call) && call.result > 0).collect();
    let mut order = Order { syncs: syncs.len(), ..Order::default() };
    let (first_written, first_sent) = (first_with(&writes, ids), first_with(&sends, ids));
    for (id, (written, sent)) in ids.iter().zip(first_written.into_iter().zip(first_sent)) {
        let Some(send) = sent.map(|at| sends[at]) else {
            order.faults.push(format!("nothing was sent of {id}"));
            continue;
        };
        let synced = written.and_then(|at| {
            // A page follows the header of its frame.
            let commit = writes[at.saturating_sub(1)..].iter().find(|write| is_commit(write))?;
            let page = writes.iter().find(|write| write.began > commit.ended)?;
            syncs.iter().find(|sync| sync.began > page.ended)
        });
        match (written, synced) {
            (None, _) => order.faults.push(format!("{id} was sent, and is not in the write-ahead log")),
            (Some(_), Some(sync)) if sync.ended < send.began => order.in_order += 1,
            _ => order.faults.push(format!("{id} was sent at line {} before it was synced", send.began + 1)),
        }
    }
    order
}

fn is_socket(call: &Call) -> bool {
    call.file.starts_with("socket:") || call.file.starts_with("TCP:")
}

/// The header of a frame that ends a transaction: it says how many pages the database has then.
fn is_commit(write: &Call) -> bool {
    write.bytes.len() == FRAME_HEADER && write.offset > 0 && write.bytes[4..8] != [0; 4]
}

/// For each id the first call whose bytes have it. Ids have the same length.
fn first_with(calls: &[&Call], ids: &[String]) -> Vec<Option<usize>> {
    let places: HashMap<&[u8], usize> = ids.iter().enumerate().map(|(n, id)| (id.as_bytes(), n)).collect();
    let length = ids.first().map_or(1, String::len);
    let mut found = vec![None; ids.len()];
    for (at, call) in calls.iter().enumerate() {
        for window in call.bytes.windows(length) {
            if let Some(place) = places.get(window) {
                found[*place].get_or_insert(at);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = r#""\0\0\0\2\0\0\0\"5\3603d?\\\27Q\33\27To\257\310dz", 24, 32"#;

    fn trace(lines: &[&str]) -> Vec<Call> {
        let lines: Vec<_> = lines.iter().map(|line| line.replace("HEADER", HEADER)).collect();
        parse(&lines.join("\n"))
    }

    fn order(lines: &[&str]) -> Order {
        check(&trace(lines), &["k-1".to_owned()])
    }

    const WRITTEN: &str = r#"7 pwrite64(13</d/parlor.db-wal>, "\r\0k-1\0\17", 4096, 56) = 4096"#;
    const COMMIT: &str = "7 pwrite64(13</d/parlor.db-wal>, HEADER) = 24";
    const SYNCED: &str = "7 fdatasync(13</d/parlor.db-wal>) = 0";
    const SENT: &str = r#"9 write(15<socket:[77]>, "\201{\"type\":\"posted\",\"id\":\"k-1\"}", 60) = 60"#;

    #[test]
    fn a_call_is_read_with_its_bytes_also_when_others_came_between() {
        let calls = trace(&[
            r#"7 writev(15<socket:[77]>, [{iov_base="a\n\\\"", iov_len=4}, {iov_base="\18\377", iov_len=3}], 2) = 7"#,
            "7 fdatasync(13</d/parlor.db-wal> <unfinished ...>",
            "8 futex(0x7f, FUTEX_WAKE_PRIVATE, 1) = 1",
            "7 <... fdatasync resumed>)          = 0",
            "8 fdatasync(13</d/parlor.db-wal>) = -1 EIO (Input/output error)",
            "+++ exited with 0 +++",
        ]);
        assert_eq!(calls[0].bytes, b"a\n\\\"\x018\xFF");
        assert_eq!(calls[0].file, "socket:[77]");
        assert_eq!((&*calls[1].name, calls[1].began, calls[1].ended), ("fdatasync", 1, 3));
        assert_eq!(calls[3].result, -1);
        assert_eq!(trace(&[COMMIT])[0].bytes[4..8], [0, 0, 0, b'"']);
    }

    #[test]
    fn what_is_sent_after_the_sync_of_its_commit_is_in_order() {
        for good in [
            &[COMMIT, WRITTEN, SYNCED, SENT][..],
            &[WRITTEN, COMMIT, WRITTEN, SYNCED, COMMIT, WRITTEN, SENT],
            &[SYNCED, WRITTEN, COMMIT, WRITTEN, SYNCED, SENT],
        ] {
            let order = order(good);
            assert_eq!((order.in_order, order.faults), (1, vec![]), "{good:?}");
        }
    }

    #[test]
    fn what_is_sent_before_is_a_fault() {
        let failed = "7 fdatasync(13</d/parlor.db-wal>) = -1 EIO (Input/output error)";
        let (begun, ended) =
            ("7 fdatasync(13</d/parlor.db-wal> <unfinished ...>", "7 <... fdatasync resumed>) = 0");
        let page = r#"7 pwrite64(13</d/parlor.db-wal>, "\r\0", 4096, 4152) = 4096"#;
        for wrong in [
            &[WRITTEN, COMMIT, page, SENT, SYNCED][..],
            &[SYNCED, WRITTEN, COMMIT, page, SENT],
            &[WRITTEN, COMMIT, page, failed, SENT],
            &[WRITTEN, COMMIT, page, begun, SENT, ended],
            &[begun, WRITTEN, COMMIT, page, ended, SENT],
            // The sync is not that of the whole transaction.
            &[WRITTEN, SYNCED, COMMIT, page, SENT],
            &[SYNCED, SENT],
            &[WRITTEN, COMMIT, page, SYNCED],
        ] {
            let order = order(wrong);
            assert_eq!((order.in_order, order.faults.len()), (0, 1), "{wrong:?}");
        }
    }
}
