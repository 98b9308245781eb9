//! Texts as QR codes, so that the browser app needs no code of its own for them.

use std::fmt::Write;

use qrcodegen::QrCodeEcc;
use shared::device_link::QrCode;

/// The light border around a QR code, in modules (ISO/IEC 18004).
const BORDER: i32 = 4;

/// The QR code of a text. `None`: the text is too long for one (2331 bytes always fit).
pub fn qr_code(text: &str) -> Option<QrCode> {
    let code = qrcodegen::QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let size = u16::try_from(code.size() + 2 * BORDER).ok()?;
    Some(QrCode { size, path: path(&code) })
}

/// A rectangle for each run of dark modules in a row.
fn path(code: &qrcodegen::QrCode) -> String {
    let size = code.size();
    let mut path = String::new();
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let end = (x..size).find(|x| !code.get_module(*x, y)).unwrap_or(size);
            if end > x {
                let length = end - x;
                let _ = write!(path, "M{} {}h{length}v1h-{length}z", x + BORDER, y + BORDER);
            }
            x = end + 1;
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modules that a path of [`path`] fills.
    fn dark(qr: &QrCode) -> Vec<Vec<bool>> {
        let size = usize::from(qr.size);
        let mut rows = vec![vec![false; size]; size];
        for run in qr.path.split_terminator('z') {
            let numbers: Vec<usize> =
                run.split(['M', ' ', 'h', 'v', '-']).filter_map(|number| number.parse().ok()).collect();
            let [x, y, length, 1, back] = numbers[..] else { panic!("{run}") };
            assert_eq!(length, back);
            rows[y][x..x + length].fill(true);
        }
        rows
    }

    #[test]
    fn a_scanner_reads_the_text() {
        for length in [1, 57, 542, 2331] {
            let text = "https://chat.example.org/".chars().cycle().take(length).collect::<String>();
            let qr = qr_code(&text).unwrap();
            let rows = dark(&qr);
            // Three pixels for each module, as a small picture.
            let side = 3 * rows.len();
            let pixel = |x: usize, y: usize| if rows[y / 3][x / 3] { 0 } else { 255 };
            let mut picture = rqrr::PreparedImage::prepare_from_greyscale(side, side, pixel);
            let found = picture.detect_grids();
            assert_eq!(found.len(), 1, "{length}");
            assert_eq!(found[0].decode().unwrap().1, text);
        }
    }

    #[test]
    fn the_border_is_light_and_the_corner_is_dark() {
        let rows = dark(&qr_code("https://chat.example.org/").unwrap());
        let (first, last) = (4, rows.len() - 5);
        for (y, row) in rows.iter().enumerate() {
            for (x, is_dark) in row.iter().enumerate() {
                let is_inside = (first..=last).contains(&x) && (first..=last).contains(&y);
                assert!(is_inside || !is_dark, "{x} {y}");
            }
        }
        assert!(rows[first][first] && rows[first][last] && rows[last][first]);
    }

    #[test]
    fn a_text_that_is_too_long_has_none() {
        assert_eq!(qr_code(&"x".repeat(2332)), None);
    }
}
