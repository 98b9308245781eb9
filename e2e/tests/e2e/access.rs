//! A house that only people with an invitation may enter: its owner's first day, on each device.

use parlor_e2e::{Device, Page, TestEnvironment, test_id, wait_for};
use serde_json::json;

on_each_device!(
    an_owner_comes_in_by_the_link_and_lets_others_in,
    who_is_removed_from_a_closed_room_sees_nothing_more_of_it
);

/// Comes in under a name by the invitation that the page shows.
#[track_caller]
fn enter(page: &Page, name: &str) {
    page.wait("invitation-offer");
    page.wait("name-field");
    page.browser.run("document.querySelector(\"[data-testid='name-field']\").select()", &[]);
    page.browser.insert(name);
    page.click("invitation-enter");
    page.wait("composer");
    page.wait_until_live();
}

/// Goes to a page of the Admin page.
#[track_caller]
fn go_to_admin(page: &Page, path: &str) {
    page.go(path);
    page.wait("admin");
}

/// The rooms in the list.
#[track_caller]
fn rooms(page: &Page) -> Vec<String> {
    let script = "return [...document.querySelectorAll(arguments[0])].map(item => item.dataset.room)";
    let rooms = page.browser.run(script, &[json!(test_id("room-item"))]);
    let names = rooms.as_array().into_iter().flatten();
    names.filter_map(|room| room.as_str().map(str::to_owned)).collect()
}

fn an_owner_comes_in_by_the_link_and_lets_others_in(device: Device) {
    let environment = TestEnvironment::invited(device);
    // Without an invitation there is no way in, and the page says so.
    let stranger = environment.signed_out();
    wait_for("the hint", || {
        stranger.text_of(&test_id("sign-in-hint")).filter(|hint| hint.contains("invitation")).map(drop)
    });
    assert!(!stranger.has("name-field"));
    stranger.screenshot(&format!("access-stranger-{device:?}"));
    let owner = environment.with_invitation(environment.server.owner_link());
    owner.wait("invitation-offer");
    owner.screenshot(&format!("access-offer-{device:?}"));
    enter(&owner, "ann");
    let address = owner.browser.run("return location.href", &[]);
    assert!(!address.as_str().unwrap_or_default().contains("invitation"), "the secret is not in the address");
    owner.post("hello, house");
    owner.wait_for_message("hello, house");
    owner.screenshot(&format!("access-lobby-{device:?}"));
    // The owner makes an invitation in the Admin page.
    go_to_admin(&owner, "/admin/invitations");
    owner.click("invite");
    owner.click("invite-now");
    let shown = format!("{} {}", test_id("invitation-made"), test_id("to-copy"));
    let link = wait_for("the link", || owner.text_of(&shown));
    owner.screenshot(&format!("access-invitation-{device:?}"));
    let member = environment.with_invitation(&link);
    enter(&member, "王小明");
    member.wait_for_message("hello, house");
    member.post("我来了");
    // The link works once.
    let late = environment.with_invitation(&link);
    late.wait("invitation-bad");
    late.screenshot(&format!("access-bad-{device:?}"));
    // The browser reports an answer that says no.
    late.browser.console_errors();
    for page in ["people", "rooms", "bots", "acts", "house"] {
        go_to_admin(&owner, &format!("/admin/{page}"));
        wait_for(page, || (!owner.has("loading")).then_some(()));
        assert_eq!(owner.overflow(), 0, "{page}");
        owner.screenshot(&format!("access-{page}-{device:?}"));
    }
    // A member has no Admin page.
    go_to_admin(&member, "/admin/people");
    member.wait("not-yours");
    member.browser.console_errors();
}

fn who_is_removed_from_a_closed_room_sees_nothing_more_of_it(device: Device) {
    let environment = TestEnvironment::invited(device);
    let owner = environment.with_invitation(environment.server.owner_link());
    enter(&owner, "ann");
    let invited = environment.server.command(&["invite"]);
    let link = invited.lines().find(|line| line.contains("#invitation=")).expect("a link").trim();
    let member = environment.with_invitation(link);
    enter(&member, "bob");
    let made = environment.server.command(&["room", "make", "plans", "--closed"]);
    let room = made.split_whitespace().find(|word| word.starts_with("plans.")).expect("its name").to_owned();
    environment.server.command(&["room", "add", &room, "bob"]);
    wait_for("the room in the member's list", || rooms(&member).contains(&room).then_some(()));
    assert!(!rooms(&owner).contains(&room), "who is no member does not see it, not even an owner");
    member.go(&format!("/rooms/{room}"));
    member.wait("timeline");
    member.wait_until_live();
    member.post("a secret");
    member.wait_for_message("a secret");
    environment.server.command(&["room", "remove", &room, "bob"]);
    wait_for("the room to go", || {
        (!rooms(&member).contains(&room) && member.texts().is_empty()).then_some(())
    });
    member.screenshot(&format!("access-left-{device:?}"));
    // After a reload, too.
    member.browser.reload();
    member.wait_until_live();
    let knows_nothing = || (member.texts().is_empty() && !rooms(&member).contains(&room)).then_some(());
    wait_for("nothing of the room after a reload", knows_nothing);
    // Who is barred is told so.
    environment.server.command(&["people", "bar", "bob"]);
    wait_for("the sentence about the bar", || {
        member.text_of("body").filter(|text| text.contains("barred")).map(drop)
    });
    member.screenshot(&format!("access-barred-{device:?}"));
}
