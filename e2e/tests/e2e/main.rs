//! The release binary in real browsers: a file for each behaviour.

/// Makes a test for each device from functions that take one. `cargo xtask test` leaves out the modules `in_firefox` on a
/// machine without Firefox.
macro_rules! on_each_device {
    ($($journey:ident),+ $(,)?) => {
        mod on_a_desktop {
            $(#[test]
            fn $journey() {
                super::$journey(parlor_e2e::Device::Desktop);
            })+
        }

        mod on_a_phone {
            $(#[test]
            fn $journey() {
                super::$journey(parlor_e2e::Device::Phone);
            })+
        }

        mod in_firefox {
            $(#[test]
            fn $journey() {
                if parlor_e2e::Device::Firefox.is_available() {
                    super::$journey(parlor_e2e::Device::Firefox);
                }
            })+
        }
    };
}

mod access;
mod accessibility;
mod annotations;
mod burst;
mod console;
mod conversation;
mod crash;
mod device_link;
mod devices;
mod frame;
mod history;
mod hostile;
mod identity;
mod keyboard;
mod keys;
mod layout;
mod offline;
mod phone;
mod pulse;
mod reading;
mod reload;
mod restored;
mod screenshots;
mod storage;
mod tools;
mod unread;
