//! What the server says when it starts: where it is, who may come in, and who owns the house.

use std::{fmt, net::SocketAddr};

use shared::house::Access;

use crate::config::Settings;

/// See the module documentation. It is written to standard output, whatever the log shows.
#[derive(Debug)]
pub struct Announcement<'a> {
    /// The settings.
    pub settings: &'a Settings,
    /// Where the server listens.
    pub address: SocketAddr,
    /// Where the metrics are, if they have an address of their own.
    pub metrics: Option<SocketAddr>,
    /// Who may come in.
    pub access: Access,
    /// Whether it is an invited house that nobody owns.
    pub lacks_owner: bool,
    /// The link for the first owner.
    pub owner_link: Option<String>,
}

impl Announcement<'_> {
    /// One sentence about who may come in.
    fn who_may_come_in(&self) -> &'static str {
        let has_application = self.settings.application.has_keys();
        match self.access {
            Access::Open if !self.settings.is_reached(self.address.ip()) => {
                "everybody on this machine may come in, under any free name (--access open)"
            }
            Access::Open => {
                "whoever reaches this server, from anywhere, may come in, under any free name (--access open)"
            }
            Access::Invited if has_application => {
                "people with an invitation and users of your application may come in (--access invited); `parlor invite` makes \
                 invitations"
            }
            Access::Invited => {
                "only people with an invitation may come in (--access invited); `parlor invite` makes invitations"
            }
            Access::App => {
                "only users of your application may come in, with its tokens, and your bots (--access app)"
            }
        }
    }
}

impl fmt::Display for Announcement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "parlor: listening on http://{}", self.address)?;
        writeln!(f, "parlor: {}", self.who_may_come_in())?;
        if let Some(metrics) = self.metrics {
            writeln!(f, "parlor: metrics for whoever reaches http://{metrics}/metrics")?;
        }
        if let Some(link) = &self.owner_link {
            writeln!(
                f,
                "parlor: nobody owns this house yet. Open this link to become its owner; it works once, for 30 days, and is not \
                 shown again:\n\n    {link}\n"
            )?;
            if self.settings.url.is_none() {
                writeln!(
                    f,
                    "parlor: links begin with {}; if people reach this server elsewhere, say where with --url",
                    self.settings.app_url(self.address)
                )?;
            }
        } else if self.lacks_owner {
            writeln!(
                f,
                "parlor: nobody owns this house yet; `parlor invite --role owner` prints a link for its owner"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::config::Cli;

    /// What a server with these flags says.
    fn said(flags: &[&str], lacks_owner: bool, owner_link: Option<&str>) -> String {
        let settings = Cli::parse_from([&["parlor"], flags].concat()).serve.settings();
        let (address, owner_link) = (settings.listen, owner_link.map(str::to_owned));
        let access = settings.access.unwrap_or_else(|| settings.default_access(address.ip()));
        Announcement {
            settings: &settings,
            address,
            metrics: settings.metrics,
            access,
            lacks_owner,
            owner_link,
        }
        .to_string()
    }

    fn second_line(flags: &[&str]) -> String {
        said(flags, false, None).lines().nth(1).unwrap_or_default().to_owned()
    }

    #[test]
    fn it_says_who_may_come_in_by_what_the_settings_say_of_the_way_there() {
        for (flags, said) in [
            (&[][..], "everybody on this machine may come in"),
            (&["--access", "open"], "everybody on this machine may come in"),
            (
                &["--access", "open", "--host", "chat.example.org"],
                "whoever reaches this server, from anywhere",
            ),
            (&["--access", "open", "--proxy", "127.0.0.1"], "whoever reaches this server, from anywhere"),
            (&["--access", "open", "--listen", "0.0.0.0:80"], "whoever reaches this server, from anywhere"),
            (&["--proxy", "127.0.0.1"], "only people with an invitation may come in"),
            (&["--url", "https://chat.example.org"], "only people with an invitation may come in"),
            (&["--listen", "[::]:80"], "only people with an invitation may come in"),
            (
                &["--access", "invited", "--jwt-secret-file", "secret"],
                "people with an invitation and users of your application",
            ),
            (&["--access", "app"], "only users of your application may come in"),
        ] {
            let line = second_line(flags);
            assert!(line.starts_with(&format!("parlor: {said}")), "{flags:?}: {line}");
        }
    }

    #[test]
    fn it_says_where_the_metrics_are() {
        let said = said(&["--metrics", "192.0.2.10:9090"], false, None);
        assert!(said.ends_with("whoever reaches http://192.0.2.10:9090/metrics\n"), "{said}");
    }

    #[test]
    fn it_says_that_nobody_owns_the_house_at_every_start() {
        let listen = ["--listen", "192.0.2.10:8080"];
        let first = said(&listen, true, Some("http://192.0.2.10:8080/#invitation=x"));
        assert!(first.contains("\n    http://192.0.2.10:8080/#invitation=x\n"), "{first}");
        assert!(first.contains("links begin with http://192.0.2.10:8080/; if"), "{first}");
        let later = said(&listen, true, None);
        assert!(later.ends_with("`parlor invite --role owner` prints a link for its owner\n"), "{later}");
        assert!(!said(&listen, false, None).contains("owns"));
    }
}
