//! The tables, and how those of earlier versions are brought to this one.

use rusqlite::Connection;

use super::search;

/// "PARL": marks a SQLite file as Parlor's.
pub(super) const APPLICATION_ID: i32 = 0x5041_524C;
/// The version of the tables below, and of what `words.rs` makes of a text: the index is written in its terms.
pub(super) const VERSION: i32 = 4;

/// A message's `seq` is its position in the log, so it is unique over all rooms. Rooms and authors have the position of
/// the entry that recorded them as their id.
///
/// Posting writes to the table and to two of its indexes. The one that keeps ids unique is ordered by `id` before the
/// author: ids that rise with time, whoever made them, then go to its end, which costs a third less than ids in no
/// order. The one by room also holds what is needed to count unread messages. The others hold only what is about other
/// messages. `edit` and `retraction` name the newest edit of a message and its retraction, so that showing or changing a
/// message costs the same however much is about it. A room's messages up to its `floor` are deleted, because of what `keep` says,
/// or the house.
const TABLES: &str = "
    CREATE TABLE store(
        epoch TEXT NOT NULL,
        position INTEGER NOT NULL,
        indexed INTEGER NOT NULL,
        opened INTEGER NOT NULL,
        clean INTEGER NOT NULL,
        inode INTEGER NOT NULL DEFAULT 0,
        settings TEXT NOT NULL DEFAULT '{}'
    ) STRICT;
    CREATE TABLE rooms(
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        head INTEGER NOT NULL DEFAULT 0,
        newest INTEGER NOT NULL DEFAULT 0,
        newest_at INTEGER NOT NULL,
        kind INTEGER NOT NULL DEFAULT 0,
        topic TEXT,
        archived INTEGER NOT NULL DEFAULT 0,
        slow_seconds INTEGER NOT NULL DEFAULT 0,
        made_by INTEGER,
        has_removed INTEGER NOT NULL DEFAULT 0,
        people TEXT,
        deleted INTEGER NOT NULL DEFAULT 0,
        floor INTEGER NOT NULL DEFAULT 0,
        keep TEXT
    ) STRICT;
    CREATE UNIQUE INDEX rooms_by_people ON rooms(people);
    CREATE INDEX rooms_by_time ON rooms(newest_at);
    CREATE INDEX rooms_to_purge ON rooms(deleted) WHERE deleted = 1;
    CREATE TABLE authors(
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        kind INTEGER NOT NULL,
        secret BLOB,
        folded TEXT NOT NULL,
        shown TEXT NOT NULL,
        role INTEGER NOT NULL DEFAULT 2,
        limited INTEGER NOT NULL DEFAULT 0,
        barred INTEGER NOT NULL DEFAULT 0,
        generation INTEGER NOT NULL DEFAULT 0,
        granted_at INTEGER NOT NULL DEFAULT 0,
        granted TEXT,
        blanked INTEGER NOT NULL DEFAULT 0,
        UNIQUE(name, kind)
    ) STRICT;
    CREATE INDEX authors_by_folded ON authors(folded);
    CREATE INDEX authors_by_shown ON authors(shown);
    CREATE INDEX authors_to_blank ON authors(blanked) WHERE blanked = 1;
    CREATE TABLE messages(
        seq INTEGER PRIMARY KEY,
        room INTEGER NOT NULL,
        author INTEGER NOT NULL,
        sent_at INTEGER NOT NULL,
        about INTEGER,
        kind INTEGER,
        edit INTEGER,
        retraction INTEGER,
        id TEXT NOT NULL,
        text TEXT NOT NULL,
        UNIQUE(room, id, author)
    ) STRICT;
    CREATE TABLE seen(
        author INTEGER NOT NULL,
        room INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        PRIMARY KEY(author, room)
    ) STRICT, WITHOUT ROWID;
";

/// Who is in which room and who invited whom, with the record of acts. Members are added (state 1) or removed (state 2);
/// `granted` are those whom the operator's application has added. A slowed-down room notes who posted when.
const RIGHTS: &str = "
    CREATE TABLE members(
        room INTEGER NOT NULL,
        author INTEGER NOT NULL,
        state INTEGER NOT NULL,
        granted INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY(room, author)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX members_by_author ON members(author, room, state);
    CREATE TABLE slow(
        room INTEGER NOT NULL,
        author INTEGER NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY(room, author)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE invitations(
        id INTEGER PRIMARY KEY,
        secret BLOB NOT NULL UNIQUE,
        by INTEGER,
        username TEXT,
        folded TEXT,
        shown TEXT,
        role INTEGER NOT NULL,
        rooms TEXT NOT NULL,
        expires_at INTEGER NOT NULL,
        uses INTEGER NOT NULL,
        used INTEGER NOT NULL DEFAULT 0,
        revoked INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX invitations_by_folded ON invitations(folded) WHERE username IS NOT NULL;
    CREATE INDEX invitations_by_shown ON invitations(shown) WHERE username IS NOT NULL;
    CREATE TABLE bars(address TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE acts(
        id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        by TEXT,
        act TEXT NOT NULL
    ) STRICT;
    CREATE TABLE webhooks(
        id INTEGER PRIMARY KEY,
        author INTEGER NOT NULL,
        room INTEGER NOT NULL,
        every_message INTEGER NOT NULL,
        url TEXT NOT NULL,
        secret BLOB NOT NULL,
        position INTEGER NOT NULL,
        failing_since INTEGER,
        error TEXT,
        is_on INTEGER NOT NULL DEFAULT 1
    ) STRICT;
";

const INDEXES: &str = "
    CREATE INDEX messages_by_room ON messages(room, seq, author, kind);
    CREATE INDEX edits ON messages(about) WHERE kind = 1;
    CREATE INDEX reactions ON messages(about, author, text) WHERE kind = 3 AND text <> '';
    CREATE INDEX reactions_by_time ON messages(about, seq) WHERE kind = 3 AND text <> '';
";

/// Whether a database has a table of this name.
pub(super) fn has_table(db: &Connection, name: &str) -> rusqlite::Result<bool> {
    let find = "SELECT EXISTS(SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1)";
    db.query_row(find, [name], |row| row.get(0))
}

/// Makes the tables of a new store, in the caller's transaction.
pub(super) fn create(db: &Connection, epoch: &str) -> rusqlite::Result<()> {
    db.execute_batch(TABLES)?;
    db.execute_batch(RIGHTS)?;
    db.execute_batch(INDEXES)?;
    db.execute_batch(search::SCHEMA)?;
    db.execute("INSERT INTO store(epoch, position, indexed, opened, clean) VALUES(?1, 0, 0, 0, 1)", [epoch])?;
    db.pragma_update(None, "application_id", APPLICATION_ID)?;
    db.pragma_update(None, "user_version", VERSION)
}

/// Brings the tables of version 3 to version 4, in the caller's transaction. Version 3 kept all messages.
pub(super) fn migrate_from_3(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(
        "ALTER TABLE rooms ADD COLUMN floor INTEGER NOT NULL DEFAULT 0;
         ALTER TABLE rooms ADD COLUMN keep TEXT;",
    )?;
    db.pragma_update(None, "user_version", VERSION)
}

/// Brings the tables of version 2 to the present version, in the caller's transaction. Version 2 had open rooms only, and everybody could
/// do the same. The columns are added to the tables as they are, so that a large store is opened as quickly as ever.
pub(super) fn migrate_from_2(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(
        "ALTER TABLE store ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
         ALTER TABLE rooms ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
         ALTER TABLE rooms ADD COLUMN topic TEXT;
         ALTER TABLE rooms ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
         ALTER TABLE rooms ADD COLUMN slow_seconds INTEGER NOT NULL DEFAULT 0;
         ALTER TABLE rooms ADD COLUMN made_by INTEGER;
         ALTER TABLE rooms ADD COLUMN has_removed INTEGER NOT NULL DEFAULT 0;
         ALTER TABLE rooms ADD COLUMN people TEXT;
         ALTER TABLE rooms ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
         CREATE UNIQUE INDEX rooms_by_people ON rooms(people);
         CREATE INDEX rooms_to_purge ON rooms(deleted) WHERE deleted = 1;
         ALTER TABLE authors ADD COLUMN role INTEGER NOT NULL DEFAULT 2;
         ALTER TABLE authors ADD COLUMN limited INTEGER NOT NULL DEFAULT 0;
         ALTER TABLE authors ADD COLUMN barred INTEGER NOT NULL DEFAULT 0;
         ALTER TABLE authors ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
         ALTER TABLE authors ADD COLUMN granted_at INTEGER NOT NULL DEFAULT 0;
         ALTER TABLE authors ADD COLUMN granted TEXT;
         ALTER TABLE authors ADD COLUMN blanked INTEGER NOT NULL DEFAULT 0;
         CREATE INDEX authors_to_blank ON authors(blanked) WHERE blanked = 1;",
    )?;
    db.execute_batch(RIGHTS)?;
    migrate_from_3(db)
}

/// Brings the tables of version 1 to the present version, in the caller's transaction.
///
/// Version 1 numbered the messages of each room from 1, and all messages by `n`. Now `n` is the seq, so the epoch
/// changes and clients start afresh. Version 1 did not say whether a name was claimed here or signed by an application;
/// its tokens do not say it either, so that all of them are taken for an application's. An author without a token was
/// imported where the ids of the messages are those of imports.
pub(super) fn migrate_from_1(db: &Connection, epoch: &str) -> rusqlite::Result<()> {
    db.execute_batch(
        "DROP TABLE words;
         ALTER TABLE store RENAME TO old_store;
         ALTER TABLE rooms RENAME TO old_rooms;
         ALTER TABLE messages RENAME TO old_messages;
         ALTER TABLE seen RENAME TO old_seen;
         DROP INDEX rooms_by_newest;
         DROP INDEX users_by_folded;
         DROP INDEX users_by_shown;
         DROP INDEX messages_about;",
    )?;
    db.execute_batch(TABLES)?;
    db.execute_batch(RIGHTS)?;
    // Rooms and authors had ids from 1 on, which messages have too; the position goes on behind all of them.
    db.execute_batch(
        "INSERT INTO authors(id, name, kind, folded, shown)
         SELECT id, name, CASE kind WHEN 0 THEN 1 ELSE 2 END, folded, shown FROM users;
         CREATE TEMP TABLE imported AS
         SELECT user AS old, (SELECT max(id) FROM users) + row_number() OVER (ORDER BY user) AS new
         FROM (SELECT DISTINCT m.user FROM old_messages m JOIN users u ON u.id = m.user
               WHERE m.id GLOB 'import-??????????????????????-*');
         INSERT INTO authors(id, name, kind, folded, shown)
         SELECT i.new, u.name, 3, u.folded, u.shown FROM imported i JOIN users u ON u.id = i.old;
         INSERT INTO rooms(id, name, head, newest, newest_at)
         SELECT id, CASE WHEN name GLOB '*[^.]*' THEN name
                         WHEN 'room-' || id IN (SELECT name FROM old_rooms) THEN 'room-' || lower(hex(randomblob(8)))
                         ELSE 'room-' || id END,
             coalesce((SELECT n FROM old_messages m WHERE m.room = r.id AND m.seq = r.head), 0),
             coalesce((SELECT n FROM old_messages m WHERE m.room = r.id AND m.seq = r.entry), 0), newest
         FROM old_rooms r;
         INSERT INTO messages(seq, room, author, sent_at, about, kind, id, text)
         SELECT m.n, m.room,
             CASE WHEN m.id GLOB 'import-??????????????????????-*' THEN coalesce((SELECT new FROM imported WHERE old = m.user), m.user)
                  ELSE m.user END,
             m.sent_at, (SELECT t.n FROM old_messages t WHERE t.room = m.room AND t.seq = m.about),
             m.kind, m.id, m.text
         FROM old_messages m ORDER BY m.n;
         DELETE FROM authors WHERE kind = 2 AND id NOT IN (SELECT author FROM messages);
         INSERT INTO seen(author, room, seq)
         SELECT s.user, s.room, t.n FROM old_seen s JOIN old_messages t ON t.room = s.room AND t.seq = s.seq
         WHERE s.user IN (SELECT id FROM authors);
         DROP TABLE imported; DROP TABLE old_store; DROP TABLE old_rooms; DROP TABLE old_messages;
         DROP TABLE old_seen; DROP TABLE users;",
    )?;
    db.execute_batch(INDEXES)?;
    db.execute_batch(
        "UPDATE messages AS m SET edit = e.seq FROM
         (SELECT about, max(seq) AS seq FROM messages WHERE kind = 1 GROUP BY about) AS e WHERE m.seq = e.about;
         UPDATE messages AS m SET retraction = e.seq FROM
         (SELECT about, max(seq) AS seq FROM messages WHERE kind = 2 GROUP BY about) AS e WHERE m.seq = e.about;",
    )?;
    db.execute_batch(search::SCHEMA)?;
    db.execute(
        "INSERT INTO store(epoch, position, indexed, opened, clean)
         SELECT ?1, max(coalesce((SELECT max(seq) FROM messages), 0), coalesce((SELECT max(id) FROM authors), 0),
             coalesce((SELECT max(id) FROM rooms), 0)), 0, 0, 1",
        [epoch],
    )?;
    db.pragma_update(None, "user_version", VERSION)
}
