//! QR codes in a terminal: two modules in each character.

use qrcodegen::{QrCode, QrCodeEcc};

/// The light border, in modules (ISO/IEC 18004).
const BORDER: i32 = 4;
/// Black on white among the 256 colours, whatever colours the terminal has as its own.
const BLACK_ON_WHITE: &str = "\x1b[38;5;16;48;5;231m";
const RESET: &str = "\x1b[0m";

/// The QR code of a text, as lines. `None`: the text is too long for one.
///
/// Without colours (`NO_COLOR`, no-color.org) the light modules are drawn: that is right on a dark background, and most
/// scanners read it on a light one, too.
pub(super) fn lines(text: &str) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    Some(draw(&code, has_colours()))
}

fn draw(code: &QrCode, coloured: bool) -> String {
    let range = -BORDER..code.size() + BORDER;
    let mut lines = String::new();
    for y in range.clone().step_by(2) {
        if coloured {
            lines += BLACK_ON_WHITE;
        }
        for x in range.clone() {
            // Below the last row there is the background.
            let is_inked = |y: i32| {
                if coloured { code.get_module(x, y) } else { !code.get_module(x, y) && range.contains(&y) }
            };
            lines.push(match (is_inked(y), is_inked(y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        if coloured {
            lines += RESET;
        }
        lines.push('\n');
    }
    lines
}

/// Whether output in a terminal may have colours (no-color.org).
fn has_colours() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads the characters as a scanner sees them. `ink` says whether what is drawn is dark.
    fn scan(drawn: &str, ink_is_dark: bool) -> String {
        let plain = drawn.replace(BLACK_ON_WHITE, "").replace(RESET, "");
        let rows: Vec<Vec<bool>> = plain
            .lines()
            .flat_map(|line| {
                let upper = line.chars().map(|c| matches!(c, '█' | '▀') == ink_is_dark).collect();
                let lower = line.chars().map(|c| matches!(c, '█' | '▄') == ink_is_dark).collect();
                [upper, lower]
            })
            .collect();
        let (width, height) = (3 * rows[0].len(), 3 * rows.len());
        let pixel = |x: usize, y: usize| if rows[y / 3][x / 3] { 0 } else { 255 };
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, pixel);
        let found = picture.detect_grids();
        assert_eq!(found.len(), 1);
        found[0].decode().unwrap().1
    }

    #[test]
    fn a_scanner_reads_the_text_with_and_without_colours() {
        for text in ["x", "https://chat.example.org/#invitation=0123456789abcdefABCDEF"] {
            let code = QrCode::encode_text(text, QrCodeEcc::Medium).unwrap();
            assert_eq!(scan(&draw(&code, true), true), text);
            assert_eq!(scan(&draw(&code, false), false), text);
        }
    }

    #[test]
    fn a_text_that_is_too_long_has_none() {
        assert_eq!(lines(&"x".repeat(2332)), None);
    }
}
