//! The page about the metrics, the dashboard and the alerts: each name and label in them is one that a server answers with.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message as Frame;

use crate::{
    bound::soon,
    client::{TestClient, post},
    metrics::{self, Metrics},
    server::TestServer,
    web,
};

/// Labels that Prometheus adds to whatever it reads.
const OF_PROMETHEUS: [&str; 2] = ["instance", "job"];

/// A metric as it is answered or described.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Metric {
    kind: String,
    labels: BTreeSet<String>,
}

/// The metrics of a server on which something of everything has happened.
async fn answered() -> BTreeMap<String, Metric> {
    let server = TestServer::open().await;
    let at = server.address;
    let (mut ann, _) = TestClient::named(at, "ann").await;
    ann.post(post("lobby", "1", "x")).await;
    web::post(at, "lobby", &json!({"username": "ann", "text": "not hers"})).await;
    ann.send(Frame::Close(None)).await;
    let metrics = soon("a closed connection in the metrics", async {
        loop {
            let metrics = metrics::read(at).await;
            if metrics.0.contains("parlor_connections_closed_total{") {
                return metrics;
            }
        }
    })
    .await;
    families(&metrics)
}

/// The metrics of an answer, by name. The series of a histogram are one metric.
fn families(metrics: &Metrics) -> BTreeMap<String, Metric> {
    let types = metrics.0.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let mut families: BTreeMap<String, Metric> = types
        .map(|(name, kind)| (name.to_owned(), Metric { kind: kind.to_owned(), labels: BTreeSet::new() }))
        .collect();
    for (series, _) in metrics.series() {
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let family = base(name, &families).unwrap_or_else(|| panic!("{name} has no type"));
        let names = labels.split(',').filter_map(|label| Some(label.split_once('=')?.0.to_owned()));
        families.get_mut(&family).unwrap().labels.extend(names.filter(|name| name != "le"));
    }
    families
}

/// The metric that a series belongs to.
fn base(series: &str, families: &BTreeMap<String, Metric>) -> Option<String> {
    if families.contains_key(series) {
        return Some(series.to_owned());
    }
    let of_histogram = ["_bucket", "_sum", "_count"].iter().find_map(|end| series.strip_suffix(end))?;
    families.get(of_histogram).filter(|metric| metric.kind == "histogram").map(|_| of_histogram.to_owned())
}

#[tokio::test]
async fn the_page_explains_every_metric_and_no_other() {
    let page = include_str!("../../../docs/operations.md");
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let rows = rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>());
    let mut described = BTreeMap::new();
    for row in rows.filter(|row| row.len() == 4) {
        let name = row[0].trim_matches('`').to_owned();
        let labels = row[2].split(", ").map(|label| label.trim_matches('`').to_owned());
        let labels = labels.filter(|label| !label.is_empty()).collect();
        let before = described.insert(name.clone(), Metric { kind: row[1].to_owned(), labels });
        assert!(before.is_none(), "{name} is described twice");
        assert!(row[3].len() > 10, "{name} is not explained");
    }
    let answered = answered().await;
    for (name, metric) in &answered {
        assert_eq!(described.get(name), Some(metric), "what docs/operations.md says of {name}");
    }
    let others: Vec<_> = described.keys().filter(|name| !answered.contains_key(*name)).collect();
    assert!(others.is_empty(), "docs/operations.md describes what is not answered: {others:?}");
}

/// The words of an expression in Prometheus' language, without what stands in quotes; each with what comes behind it.
fn words(expression: &str) -> Vec<(&str, &str)> {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let (mut words, mut rest) = (Vec::new(), expression);
    while let Some(start) = rest.find(|c: char| is_of_word(c) || c == '"') {
        rest = &rest[start..];
        if let Some(quoted) = rest.strip_prefix('"') {
            rest = &quoted[quoted.find('"').unwrap() + 1..];
            continue;
        }
        let end = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
        words.push((&rest[..end], rest[end..].trim_start()));
        rest = &rest[end..];
    }
    words
}

/// Checks the metrics and labels of an expression.
fn check(expression: &str, answered: &BTreeMap<String, Metric>, place: &str) {
    let words = words(expression);
    let is_metric = |word: &str| ["parlor_", "process_"].iter().any(|start| word.starts_with(start));
    let mut known: BTreeSet<&str> = OF_PROMETHEUS.into();
    let mut named = 0;
    for (word, _) in words.iter().filter(|(word, _)| is_metric(word)) {
        let metric =
            base(word, answered).unwrap_or_else(|| panic!("{place}: there is no {word}: {expression}"));
        known.extend(answered[&metric].labels.iter().map(String::as_str));
        if word.ends_with("_bucket") {
            known.insert("le");
        }
        named += 1;
    }
    assert!(named > 0 || expression.starts_with("up{"), "{place}: no metric in {expression}");
    // Labels are compared, or listed in parentheses behind `by` and `on`.
    let compared = words
        .iter()
        .filter(|(_, behind)| ["=~\"", "!~\"", "=\"", "!=\""].iter().any(|sign| behind.starts_with(sign)))
        .map(|(word, _)| *word);
    let listed = ["by (", "on ("].iter().flat_map(|start| expression.split(start).skip(1)).flat_map(|list| {
        let list = list.split_once(')').unwrap().0;
        list.split(", ")
    });
    for label in compared.chain(listed) {
        assert!(known.contains(label), "{place}: there is no label {label}: {expression}");
    }
}

#[tokio::test]
async fn the_dashboard_shows_what_a_server_answers() {
    let dashboard: Value =
        serde_json::from_str(include_str!("../../../docs/grafana-dashboard.json")).unwrap();
    let answered = answered().await;
    let mut shown = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        let title = panel["title"].as_str().unwrap();
        let targets = panel["targets"].as_array().into_iter().flatten();
        for expression in targets.map(|target| target["expr"].as_str().unwrap()) {
            check(expression, &answered, title);
            shown.extend(words(expression).into_iter().filter_map(|(word, _)| base(word, &answered)));
        }
    }
    let hidden: Vec<_> = answered.keys().filter(|name| !shown.contains(*name)).collect();
    assert!(hidden.is_empty(), "the dashboard does not show {hidden:?}");
}

#[tokio::test]
async fn each_alert_is_about_what_a_server_answers_and_says_what_to_do() {
    let answered = answered().await;
    let alerts: Vec<_> = include_str!("../../../docs/alerts.yml").split("- alert: ").skip(1).collect();
    assert!(alerts.len() > 10);
    for alert in alerts {
        let name = alert.lines().next().unwrap();
        let field = |key: &str| {
            let line = alert.lines().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix(": "));
            line.unwrap_or_else(|| panic!("{name} has no {key}"))
        };
        check(field("expr"), &answered, name);
        assert!(["critical", "warning", "info"].contains(&field("severity")), "{name}");
        assert!(field("summary").ends_with('.') && field("runbook").ends_with('.'), "{name}");
        assert!(field("runbook").len() > 40, "{name} says what to do");
    }
}

#[test]
fn what_no_server_answers_is_found() {
    let labels = ["kind".to_owned()].into();
    let metric = Metric { kind: "gauge".into(), labels };
    let answered = [("parlor_connections".to_owned(), metric)].into();
    let is_refused =
        |expression: &str| std::panic::catch_unwind(|| check(expression, &answered, "a test")).is_err();
    assert!(!is_refused(r#"sum by (kind) (rate(parlor_connections{job=~"x"}[5m])) > 1"#));
    assert!(is_refused("parlor_connection"), "an unknown metric");
    assert!(is_refused("parlor_connections_bucket"), "a series that only a histogram has");
    assert!(is_refused(r#"parlor_connections{sort="plain"}"#), "an unknown label that is compared");
    assert!(is_refused("sum by (sort) (parlor_connections)"), "an unknown label that is listed");
    assert!(is_refused("1 + 1"), "no metric");
}
