//! `parlor acts`: the record of what has changed who may do what.

use std::{
    io::{self, Write},
    num::NonZeroUsize,
};

use clap::Args;
use shared::{Seq, Username, house::Acts};

use super::{
    connection::ServerArgs,
    failure::Failure,
    print::{self, Table, number},
    sentence::sentence,
};

/// See who has changed what: rooms, roles, bars, invitations, bots, settings.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct ActsArgs {
    /// How many acts to list, the newest first.
    #[arg(long, value_name = "N", default_value = "50", conflicts_with = "export")]
    limit: NonZeroUsize,
    /// List those before this number.
    #[arg(long, value_name = "NUMBER", value_parser = number, conflicts_with = "export")]
    before: Option<Seq>,
    /// Print all acts as JSON lines, the oldest first.
    #[arg(long)]
    export: bool,
    #[command(flatten)]
    server: ServerArgs,
}

const EXAMPLES: &str = "\
Examples:
  parlor acts
  parlor acts --limit 10 --json | jq '.acts[] | select(.act == \"bar\")'
  parlor acts --export > acts.jsonl";

pub(super) async fn run(args: ActsArgs) -> Result<(), Failure> {
    let ActsArgs { limit, mut before, export, server } = args;
    let limit = limit.get();
    let connection = server.connect()?;
    if export {
        let mut file = connection.ask(connection.api().export_acts()).await?;
        let mut out = io::stdout();
        while let Some(piece) = connection.ask(file.next()).await? {
            out.write_all(&piece)?;
        }
        return Ok(out.flush()?);
    }
    let mut all = Acts { acts: Vec::new(), more: true };
    while all.more && all.acts.len() < limit {
        let page = connection.ask(connection.api().acts(before)).await?;
        before = page.acts.last().map(|act| act.number);
        all.more = page.more && before.is_some();
        all.acts.extend(page.acts);
    }
    all.more |= all.acts.len() > limit;
    all.acts.truncate(limit);
    if server.json {
        return print::json(&all);
    }
    let mut table = Table::new(&["NUMBER", "TIME", "BY", "ACT"]);
    for one in &all.acts {
        let by = one.by.as_ref().map_or("the operator", Username::as_str);
        table.row(&[&one.number, &print::time(one.at), &by, &sentence(&one.act)]);
    }
    table.print("Nothing was done yet.")?;
    match all.acts.last() {
        Some(last) if all.more => {
            print::line(format!("There are older ones: `parlor acts --before {}`.", last.number))
        }
        _ => Ok(()),
    }
}
