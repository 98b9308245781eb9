//! The difference between two texts by lines, and within changed lines.

use std::ops::Range;

/// The maximum size of the table. Larger differences are shown as one replacement.
const MAX_CELLS: usize = 4_000_000;

/// A line of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DiffLine<'a> {
    Unchanged(&'a str),
    /// Only in the first text. The range is the changed part.
    Removed(&'a str, Range<usize>),
    /// Only in the second text.
    Added(&'a str, Range<usize>),
}

/// The lines that change the first text into the second.
pub(crate) fn diff<'a>(old: &'a str, new: &'a str) -> Vec<DiffLine<'a>> {
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let begin = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let rest = (&old[begin..], &new[begin..]);
    let end = rest.0.iter().rev().zip(rest.1.iter().rev()).take_while(|(old, new)| old == new).count();
    let middle = (&rest.0[..rest.0.len() - end], &rest.1[..rest.1.len() - end]);

    let mut steps: Vec<DiffLine<'a>> = old[..begin].iter().map(|line| DiffLine::Unchanged(line)).collect();
    between(middle.0, middle.1, &mut steps);
    steps.extend(old[old.len() - end..].iter().map(|line| DiffLine::Unchanged(line)));
    steps
}

/// The longest common subsequence. The lines between its lines are replaced.
fn between<'a>(old: &[&'a str], new: &[&'a str], steps: &mut Vec<DiffLine<'a>>) {
    let width = new.len() + 1;
    if old.is_empty() || new.is_empty() || (old.len() + 1) * width > MAX_CELLS {
        return replace(old, new, steps);
    }
    let mut common = vec![0_u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i * width + j] = if old[i] == new[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let (mut removed, mut come) = (0, 0);
    while i < old.len() && j < new.len() {
        if old[i] == new[j] {
            replace(&old[removed..i], &new[come..j], steps);
            steps.push(DiffLine::Unchanged(old[i]));
            (i, j) = (i + 1, j + 1);
            (removed, come) = (i, j);
        } else if common[(i + 1) * width + j] >= common[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    replace(&old[removed..], &new[come..], steps);
}

fn replace<'a>(old: &[&'a str], new: &[&'a str], steps: &mut Vec<DiffLine<'a>>) {
    let pairs = old.len() == new.len();
    let changed = |line: &str, other: Option<&&str>| match other {
        Some(other) if pairs => changed(line, other),
        _ => 0..line.len(),
    };
    steps
        .extend(old.iter().enumerate().map(|(at, line)| DiffLine::Removed(line, changed(line, new.get(at)))));
    steps.extend(new.iter().enumerate().map(|(at, line)| DiffLine::Added(line, changed(line, old.get(at)))));
}

/// The part of a line between the common prefix and the common suffix.
fn changed(line: &str, other: &str) -> Range<usize> {
    let same = |(a, b): &(char, char)| a == b;
    let bytes = |pairs: usize, (c, _): (char, char)| pairs + c.len_utf8();
    let begin = line.chars().zip(other.chars()).take_while(same).fold(0, bytes);
    let ends = line[begin..].chars().rev().zip(other[begin..].chars().rev());
    let end = ends.take_while(same).fold(0, bytes);
    begin..line.len() - end
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn added_and_removed_lines_are_distinguished_from_unchanged_ones() {
        assert_eq!(
            diff("a\nb\nc\nd", "a\nc\nx\nd"),
            [
                DiffLine::Unchanged("a"),
                DiffLine::Removed("b", 0..1),
                DiffLine::Unchanged("c"),
                DiffLine::Added("x", 0..1),
                DiffLine::Unchanged("d"),
            ]
        );
        assert_eq!(diff("same", "same"), [DiffLine::Unchanged("same")]);
        assert_eq!(diff("", "new"), [DiffLine::Added("new", 0..3)]);
    }

    #[test]
    fn a_change_within_a_line_is_marked_in_whole_characters() {
        assert_eq!(
            diff("{\"n\": 7}", "{\"n\": 42}"),
            [DiffLine::Removed("{\"n\": 7}", 6..7), DiffLine::Added("{\"n\": 42}", 6..8)]
        );
        assert_eq!(
            diff("你好吗", "你坏吗"),
            [DiffLine::Removed("你好吗", 3..6), DiffLine::Added("你坏吗", 3..6)]
        );
        assert_eq!(diff("aaa", "aa"), [DiffLine::Removed("aaa", 2..3), DiffLine::Added("aa", 2..2)]);
    }

    #[test]
    fn a_difference_changes_the_first_text_into_the_second() {
        let text = |step: u64| (0..200).map(|n| (n * step % 31).to_string() + "\n").collect::<String>();
        let (old, new) = (text(7), text(11));
        let steps = diff(&old, &new);
        let made =
            |keep: fn(&DiffLine<'_>) -> Option<String>| steps.iter().filter_map(keep).collect::<String>();
        assert_eq!(
            made(|step| match step {
                DiffLine::Unchanged(text) | DiffLine::Removed(text, _) => Some(format!("{text}\n")),
                DiffLine::Added(..) => None,
            }),
            old
        );
        assert_eq!(
            made(|step| match step {
                DiffLine::Unchanged(text) | DiffLine::Added(text, _) => Some(format!("{text}\n")),
                DiffLine::Removed(..) => None,
            }),
            new
        );
    }
}
