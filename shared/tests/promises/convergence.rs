//! Whatever the network, the server and the users do: every post is stored once, and every reader sees the log.

use proptest::prelude::*;

use crate::model::{Step, World, steps, steps_back, steps_expiring};

fn run(course: &[Step]) {
    let mut world = World::new();
    for step in course {
        world.step(*step);
        world.check_now();
    }
    world.settle();
    world.check_now();
    world.check_end();
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_post_is_stored_once_and_every_view_ends_equal_to_the_log(course in steps(250)) {
        run(&course);
    }

    #[test]
    fn nobody_is_skipped_over_deleted_messages_without_being_told(course in steps_expiring(250)) {
        run(&course);
    }

    #[test]
    fn every_view_ends_equal_to_the_log_even_where_the_server_lost_what_it_had_stored(course in steps_back(250)) {
        run(&course);
    }
}
