//! Parses Prometheus' text format, version 0.0.4: the answer of `/metrics`.
//!
//! A sample is a line `name{label="value",…} 12.5 timestamp`, without labels and time where there are none. `# TYPE` and `# HELP`
//! are not needed: the page knows the kind of each metric that it shows. A line that is not a sample is skipped, so one metric
//! that a later server writes in another way hides no other.

/// A value of a metric.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample {
    pub(super) name: String,
    /// Names and values, in the order of the line.
    pub(super) labels: Vec<(String, String)>,
    pub(super) value: f64,
}

/// All values of a reading.
#[derive(Debug, Clone, Default)]
pub(super) struct Exposition {
    samples: Vec<Sample>,
}

impl Exposition {
    /// Parses an answer.
    pub(super) fn parse(text: &str) -> Self {
        Self { samples: text.lines().filter_map(sample).collect() }
    }

    /// The values of a metric: one for each combination of its labels.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Sample> {
        self.samples.iter().filter(move |sample| sample.name == name)
    }

    /// The sum of a metric's values. `None`: the server does not have the metric, or a value is no number.
    pub(super) fn sum(&self, name: &str) -> Option<f64> {
        let mut values = self.all(name).map(|sample| sample.value).peekable();
        values.peek()?;
        Some(values.sum()).filter(|sum: &f64| sum.is_finite())
    }
}

impl Sample {
    /// The value of a label.
    pub(super) fn label(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|(label, _)| label == name).map(|(_, value)| value.as_str())
    }
}

/// A line. `None`: a comment, an empty line, or not of this format.
fn sample(line: &str) -> Option<Sample> {
    let line = line.trim();
    let name_ends = line.find(|c: char| !is_in_name(c))?;
    let (name, rest) = line.split_at(name_ends);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let rest = rest.trim_start();
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (Vec::new(), rest),
    };
    let mut words = rest.split_ascii_whitespace();
    let value = number(words.next()?)?;
    // The time of the value, in milliseconds, is not used.
    let is_time = words.next().is_none_or(|time| time.parse::<i64>().is_ok());
    (is_time && words.next().is_none()).then(|| Sample { name: name.to_owned(), labels, value })
}

fn is_in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | ':')
}

/// The labels after a `{`, and what follows the `}`.
fn labels(mut rest: &str) -> Option<(Vec<(String, String)>, &str)> {
    let mut labels = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(rest) = rest.strip_prefix('}') {
            return Some((labels, rest));
        }
        let (name, after) = rest.split_once('=')?;
        let (value, after) = quoted(after.trim_start().strip_prefix('"')?)?;
        labels.push((name.trim().to_owned(), value));
        let after = after.trim_start();
        // A comma may follow the last label.
        rest = match after.strip_prefix(',') {
            Some(rest) => rest,
            None if after.starts_with('}') => after,
            None => return None,
        };
    }
}

/// The text up to the closing quotation mark, without its escapes, and what follows.
fn quoted(rest: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = rest.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((value, &rest[at + 1..])),
            '\\' => match characters.next()?.1 {
                'n' => value.push('\n'),
                escaped @ ('\\' | '"') => value.push(escaped),
                // Prometheus keeps what is not an escape.
                other => value.extend(['\\', other]),
            },
            c => value.push(c),
        }
    }
    None
}

/// A value. Go's spellings, which Prometheus uses, differ from Rust's only in the case.
fn number(text: &str) -> Option<f64> {
    match text {
        "+Inf" | "Inf" => Some(f64::INFINITY),
        "-Inf" => Some(f64::NEG_INFINITY),
        "NaN" => Some(f64::NAN),
        // Rust reads `infinity` and `nan` in any case, too.
        _ if text.ends_with(|c: char| c.is_ascii_digit() || c == '.') => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn samples(text: &str) -> Vec<Sample> {
        Exposition::parse(text).samples
    }

    fn of(name: &str, labels: &[(&str, &str)], value: f64) -> Sample {
        let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Sample { name: name.to_owned(), labels, value }
    }

    #[test]
    fn an_answer_has_comments_empty_lines_labels_and_times() {
        let text = "# HELP parlor_rooms Rooms that exist.\n\
            # TYPE parlor_rooms gauge\n\
            parlor_rooms 3\n\
            \n\
            # parlor_rooms 4\n\
            parlor_posts_total{via=\"http\"} 1.5e3\n\
            parlor_posts_total { via = \"websocket\" , } 2 1395066363000\r\n\
            a:b_c1{} 0.25\n";
        let expected = [
            of("parlor_rooms", &[], 3.0),
            of("parlor_posts_total", &[("via", "http")], 1500.0),
            of("parlor_posts_total", &[("via", "websocket")], 2.0),
            of("a:b_c1", &[], 0.25),
        ];
        assert_eq!(samples(text), expected);
    }

    #[test]
    fn escapes_in_labels_are_read_and_signs_within_quotes_are_not() {
        let text = r#"m{path="C:\\DIR\\",error="say \"no\"\nnow",odd="\d } , = # 你好"} 1"#;
        let expected = [("path", r"C:\DIR\"), ("error", "say \"no\"\nnow"), ("odd", r"\d } , = # 你好")];
        assert_eq!(samples(text), [of("m", &expected, 1.0)]);
    }

    #[test]
    fn infinities_and_what_is_no_number_are_values() {
        let text = "bucket{le=\"+Inf\"} 7\nup +Inf\ndown -Inf\nnone NaN\nexact 0\nless -2.5e-3";
        let values: Vec<f64> = samples(text).iter().map(|sample| sample.value).collect();
        assert_eq!(values[..3], [7.0, f64::INFINITY, f64::NEG_INFINITY]);
        assert!(values[3].is_nan());
        assert_eq!(values[4..], [0.0, -2.5e-3]);
    }

    #[test]
    fn lines_of_another_format_are_skipped_and_the_others_are_read() {
        let odd = [
            "<!doctype html>",
            "{\"error\": 1}",
            "name",
            "name 1 2 3",
            "name 1 soon",
            "name infinity",
            "name nan",
            "1name 1",
            "name{label} 1",
            "name{label=\"value} 1",
            "name{label=\"value\" other=\"value\"} 1",
            "name{label=\"value\\",
            "name{label=value} 1",
        ];
        for line in odd {
            assert_eq!(samples(&format!("{line}\nrooms 3")), [of("rooms", &[], 3.0)], "{line}");
        }
    }

    #[test]
    fn values_are_summed_over_labels_and_a_missing_metric_is_not_zero() {
        let read = Exposition::parse("posts{via=\"a\"} 2\nposts{via=\"b\"} 3\nposts_total 9\nodd NaN\nodd 1");
        assert_eq!(read.sum("posts"), Some(5.0));
        assert_eq!(read.sum("post"), None);
        assert_eq!(read.sum("odd"), None, "it is no number");
        let of_b = read.all("posts").find(|sample| sample.label("via") == Some("b"));
        assert_eq!(of_b.map(|sample| sample.value), Some(3.0));
        assert_eq!(of_b.and_then(|sample| sample.label("kind")), None);
    }
}
