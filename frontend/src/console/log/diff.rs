//! The difference between two texts by lines, and within changed lines.

use std::ops::Range;

/// The maximum size of the table. Larger differences are shown as one replacement.
const MAX_CELLS: usize = 4_000_000;

/// A line of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    Same(&'a str),
    /// Only in the first text. The range is the changed part.
    Gone(&'a str, Range<usize>),
    /// Only in the second text.
    New(&'a str, Range<usize>),
}

/// The lines that change the first text into the second.
pub(crate) fn diff<'a>(old: &'a str, new: &'a str) -> Vec<Step<'a>> {
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let begin = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let rest = (&old[begin..], &new[begin..]);
    let end = rest.0.iter().rev().zip(rest.1.iter().rev()).take_while(|(old, new)| old == new).count();
    let middle = (&rest.0[..rest.0.len() - end], &rest.1[..rest.1.len() - end]);

    let mut steps: Vec<Step<'a>> = old[..begin].iter().map(|line| Step::Same(line)).collect();
    between(middle.0, middle.1, &mut steps);
    steps.extend(old[old.len() - end..].iter().map(|line| Step::Same(line)));
    steps
}

/// The longest common subsequence. The lines between its lines are replaced.
fn between<'a>(old: &[&'a str], new: &[&'a str], steps: &mut Vec<Step<'a>>) {
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
    let (mut gone, mut come) = (0, 0);
    while i < old.len() && j < new.len() {
        if old[i] == new[j] {
            replace(&old[gone..i], &new[come..j], steps);
            steps.push(Step::Same(old[i]));
            (i, j) = (i + 1, j + 1);
            (gone, come) = (i, j);
        } else if common[(i + 1) * width + j] >= common[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    replace(&old[gone..], &new[come..], steps);
}

fn replace<'a>(old: &[&'a str], new: &[&'a str], steps: &mut Vec<Step<'a>>) {
    let pairs = old.len() == new.len();
    let changed = |line: &str, other: Option<&&str>| match other {
        Some(other) if pairs => changed(line, other),
        _ => 0..line.len(),
    };
    steps.extend(old.iter().enumerate().map(|(at, line)| Step::Gone(line, changed(line, new.get(at)))));
    steps.extend(new.iter().enumerate().map(|(at, line)| Step::New(line, changed(line, old.get(at)))));
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
    fn lines_that_came_and_went_are_told_from_those_that_stayed() {
        assert_eq!(
            diff("a\nb\nc\nd", "a\nc\nx\nd"),
            [Step::Same("a"), Step::Gone("b", 0..1), Step::Same("c"), Step::New("x", 0..1), Step::Same("d"),]
        );
        assert_eq!(diff("same", "same"), [Step::Same("same")]);
        assert_eq!(diff("", "new"), [Step::New("new", 0..3)]);
    }

    #[test]
    fn within_a_changed_line_the_change_is_marked_in_whole_characters() {
        assert_eq!(
            diff("{\"n\": 7}", "{\"n\": 42}"),
            [Step::Gone("{\"n\": 7}", 6..7), Step::New("{\"n\": 42}", 6..8)]
        );
        assert_eq!(diff("你好吗", "你坏吗"), [Step::Gone("你好吗", 3..6), Step::New("你坏吗", 3..6)]);
        assert_eq!(diff("aaa", "aa"), [Step::Gone("aaa", 2..3), Step::New("aa", 2..2)]);
    }

    #[test]
    fn the_second_text_can_be_made_of_the_first() {
        let text = |step: u64| (0..200).map(|n| (n * step % 31).to_string() + "\n").collect::<String>();
        let (old, new) = (text(7), text(11));
        let steps = diff(&old, &new);
        let made = |keep: fn(&Step<'_>) -> Option<String>| steps.iter().filter_map(keep).collect::<String>();
        assert_eq!(
            made(|step| match step {
                Step::Same(text) | Step::Gone(text, _) => Some(format!("{text}\n")),
                Step::New(..) => None,
            }),
            old
        );
        assert_eq!(
            made(|step| match step {
                Step::Same(text) | Step::New(text, _) => Some(format!("{text}\n")),
                Step::Gone(..) => None,
            }),
            new
        );
    }
}
