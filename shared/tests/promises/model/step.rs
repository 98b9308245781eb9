//! The steps of a simulation, each of which is one event.

use proptest::prelude::*;

/// Numbers choose among what exists at that time.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    // The network.
    /// A connection attempt succeeds or fails.
    Open {
        device: usize,
        succeeds: bool,
    },
    /// Up to so many frames of a device reach the server.
    Up {
        device: usize,
        count: usize,
    },
    /// Up to so many frames reach a device.
    Down {
        device: usize,
        count: usize,
    },
    /// Everything in flight between a device and the server arrives.
    Flow {
        device: usize,
    },
    /// A connection is cut: so many frames still reach the server, and everything else in flight is lost.
    Cut {
        device: usize,
        reached: usize,
    },
    /// A connection stops transporting anything, without an error.
    Silence {
        device: usize,
    },
    /// A message that was delivered before is delivered again.
    Repeat {
        device: usize,
        which: usize,
    },

    // The server.
    /// Commits so many received posts.
    Commit {
        count: usize,
    },
    /// Sends so many messages of the log to a device.
    Pump {
        device: usize,
        count: usize,
    },
    /// The server restarts after it has stored so many of the posts in flight.
    Restart {
        stored: usize,
    },
    /// The server restarts with an old copy of its store, with so many messages in each room.
    GoBack {
        kept: usize,
    },
    /// The server announces a restart, and restarts.
    Drain,
    /// The next posts are refused for a while.
    Busy {
        posts: usize,
    },
    /// The next join is refused for a while.
    Unavailable,
    /// The next join is not resumed.
    Forget,
    /// So many of the oldest messages of a room are deleted.
    Expire {
        room: usize,
        count: usize,
    },
    /// The user of a device is removed from a room.
    Remove {
        device: usize,
        room: usize,
    },
    /// Everybody who was removed comes back.
    Readmit,

    // The clock.
    Wait {
        millis: u64,
    },

    // The users.
    Post {
        device: usize,
        room: usize,
    },
    Reply {
        device: usize,
        room: usize,
        to: usize,
    },
    Edit {
        device: usize,
        room: usize,
        of: usize,
    },
    Retract {
        device: usize,
        room: usize,
        of: usize,
    },
    React {
        device: usize,
        room: usize,
        to: usize,
        emoji: usize,
    },
    Unreact {
        device: usize,
        room: usize,
        of: usize,
    },
    /// A post that the server refuses permanently.
    BadPost {
        device: usize,
        room: usize,
    },
    RetryPost {
        device: usize,
        which: usize,
    },
    DiscardPost {
        device: usize,
        which: usize,
    },
    Enter {
        device: usize,
        room: usize,
    },
    Leave {
        device: usize,
        room: usize,
    },
    Read {
        device: usize,
        room: usize,
        upto: usize,
    },
    Older {
        device: usize,
        room: usize,
    },
    Newer {
        device: usize,
        room: usize,
    },
    Jump {
        device: usize,
        room: usize,
        to: usize,
    },
    Latest {
        device: usize,
        room: usize,
    },
    Type {
        device: usize,
        room: usize,
    },
    RetryNow {
        device: usize,
    },
    Offline {
        device: usize,
    },
    /// The program is restarted; it keeps only what it has stored.
    Reopen {
        device: usize,
    },
}

/// A sequence of steps.
pub fn steps(length: usize) -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 1..length)
}

/// A sequence of steps in which the server loses what it has acknowledged.
pub fn steps_back(length: usize) -> impl Strategy<Value = Vec<Step>> {
    let back = (0_usize..6).prop_map(|kept| Step::GoBack { kept });
    prop::collection::vec(prop_oneof![40 => step(), 1 => back], 1..length)
}

/// A sequence of steps in which old messages are deleted.
pub fn steps_expiring(length: usize) -> impl Strategy<Value = Vec<Step>> {
    let expire = (0_usize..2, 1_usize..6).prop_map(|(room, count)| Step::Expire { room, count });
    prop::collection::vec(prop_oneof![60 => step(), 1 => expire], 1..length)
}

fn step() -> impl Strategy<Value = Step> {
    let device = || 0_usize..3;
    // Most steps concern the first room.
    let room = || prop_oneof![4 => Just(0_usize), 1 => Just(1_usize)];
    let at = || (device(), room());
    let few = || 0_usize..6;
    prop_oneof![
        8 => (device(), prop::bool::weighted(0.9)).prop_map(|(device, succeeds)| Step::Open { device, succeeds }),
        14 => (device(), 1_usize..12).prop_map(|(device, count)| Step::Up { device, count }),
        14 => (device(), 1_usize..12).prop_map(|(device, count)| Step::Down { device, count }),
        40 => device().prop_map(|device| Step::Flow { device }),
        3 => (device(), few()).prop_map(|(device, reached)| Step::Cut { device, reached }),
        1 => device().prop_map(|device| Step::Silence { device }),
        2 => (device(), few()).prop_map(|(device, which)| Step::Repeat { device, which }),
        10 => (1_usize..8).prop_map(|count| Step::Commit { count }),
        10 => (device(), 1_usize..8).prop_map(|(device, count)| Step::Pump { device, count }),
        1 => few().prop_map(|stored| Step::Restart { stored }),
        1 => Just(Step::Drain),
        1 => (1_usize..3).prop_map(|posts| Step::Busy { posts }),
        1 => Just(Step::Unavailable),
        1 => Just(Step::Forget),
        1 => at().prop_map(|(device, room)| Step::Remove { device, room }),
        2 => Just(Step::Readmit),
        6 => prop::sample::select(vec![10, 400, 1_000, 3_000, 40_000]).prop_map(|millis| Step::Wait { millis }),
        16 => at().prop_map(|(device, room)| Step::Post { device, room }),
        4 => (at(), few()).prop_map(|((device, room), to)| Step::Reply { device, room, to }),
        5 => (at(), few()).prop_map(|((device, room), of)| Step::Edit { device, room, of }),
        4 => (at(), few()).prop_map(|((device, room), of)| Step::Retract { device, room, of }),
        6 => (at(), few(), 0_usize..2).prop_map(|((device, room), to, emoji)| Step::React { device, room, to, emoji }),
        3 => (at(), few()).prop_map(|((device, room), of)| Step::Unreact { device, room, of }),
        1 => at().prop_map(|(device, room)| Step::BadPost { device, room }),
        1 => (device(), few()).prop_map(|(device, which)| Step::RetryPost { device, which }),
        3 => (device(), few()).prop_map(|(device, which)| Step::DiscardPost { device, which }),
        4 => at().prop_map(|(device, room)| Step::Enter { device, room }),
        1 => at().prop_map(|(device, room)| Step::Leave { device, room }),
        4 => (at(), few()).prop_map(|((device, room), upto)| Step::Read { device, room, upto }),
        4 => at().prop_map(|(device, room)| Step::Older { device, room }),
        4 => at().prop_map(|(device, room)| Step::Newer { device, room }),
        2 => (at(), 0_usize..20).prop_map(|((device, room), to)| Step::Jump { device, room, to }),
        2 => at().prop_map(|(device, room)| Step::Latest { device, room }),
        1 => at().prop_map(|(device, room)| Step::Type { device, room }),
        1 => device().prop_map(|device| Step::RetryNow { device }),
        1 => device().prop_map(|device| Step::Offline { device }),
        1 => device().prop_map(|device| Step::Reopen { device }),
    ]
}
