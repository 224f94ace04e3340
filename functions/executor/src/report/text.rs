//! Text made ready for a PDF: characters the font lacks are replaced, the rest is shaped once, and
//! the very glyphs that were measured are the ones drawn.

use std::ops::Range;

use krilla::geom::Point;
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::{Direction, Face, UnicodeBuffer};
use unicode_bidi::BidiInfo;

/// Stands for a character the font has no glyph for, as in most viewers.
const NO_GLYPH: char = '□';

/// Stands for a name that has nothing to show.
const NO_NAME: &str = "—";

/// More characters than any cell of an A4 page can show.
const LONGEST_TEXT: usize = 240;

/// A font, loaded for drawing and for measuring.
pub(super) struct Typeface {
    font: Font,
    face: Face<'static>,
}

impl Typeface {
    /// `None` when the bytes are not a font.
    pub(super) fn load(font: &'static [u8]) -> Option<Self> {
        Some(Self {
            font: Font::new(font.into(), 0)?,
            face: Face::from_slice(font, 0)?,
        })
    }

    /// The text in one line, as it will be drawn.
    pub(super) fn line(&self, text: &str) -> Line<'_> {
        self.shape(self.printable(text))
    }

    /// The text in one line no wider than `width` points at `size` points: what does not fit is
    /// replaced by an ellipsis.
    pub(super) fn fit(&self, text: &str, size: f32, width: f32) -> Line<'_> {
        let text = self.printable(text);
        let whole = self.shape(text.clone());
        if whole.width(size) <= width {
            return whole;
        }
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let cut = |kept: usize| {
            let kept = text[..ends.get(kept).copied().unwrap_or(0)].trim_end();
            self.shape(format!("{kept}…"))
        };
        let fitting = partition_point(ends.len(), |kept| cut(kept).width(size) <= width);
        cut(fitting.saturating_sub(1))
    }

    /// One line of characters that the font has. Breaks and other white space become single
    /// spaces. Controls that reorder or hide text are dropped, so that nobody approves a line
    /// that reads otherwise than it is.
    fn printable(&self, text: &str) -> String {
        let mut printable = String::new();
        for character in text.chars().take(LONGEST_TEXT) {
            match character {
                _ if is_invisible(character) => {}
                _ if character.is_whitespace() || character.is_control() => {
                    if !printable.ends_with([' ']) && !printable.is_empty() {
                        printable.push(' ');
                    }
                }
                _ if self.face.glyph_index(character).is_none() => printable.push(NO_GLYPH),
                _ => printable.push(character),
            }
        }
        if printable.ends_with(' ') {
            printable.pop();
        }
        if printable.is_empty() {
            printable.push_str(NO_NAME);
        }
        printable
    }

    /// Chooses and places the glyphs, run by run in the order they stand on the page.
    fn shape(&self, text: String) -> Line<'_> {
        let mut glyphs = Vec::new();
        let bidi = BidiInfo::new(&text, None);
        for paragraph in &bidi.paragraphs {
            let (levels, runs) = bidi.visual_runs(paragraph, paragraph.range.clone());
            for run in runs {
                let direction = match levels.get(run.start) {
                    Some(level) if level.is_rtl() => Direction::RightToLeft,
                    _ => Direction::LeftToRight,
                };
                self.shape_run(&text, run, direction, &mut glyphs);
            }
        }
        Line {
            ems: glyphs.iter().map(|glyph| glyph.x_advance).sum(),
            typeface: self,
            text,
            glyphs,
        }
    }

    fn shape_run(
        &self,
        text: &str,
        run: Range<usize>,
        direction: Direction,
        glyphs: &mut Vec<KrillaGlyph>,
    ) {
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(&text[run.clone()]);
        buffer.guess_segment_properties();
        buffer.set_direction(direction);
        let shaped = rustybuzz::shape(&self.face, &[], buffer);
        // A cluster is the text from its own start to the next one's, in the order of the text.
        let mut starts: Vec<usize> = (shaped.glyph_infos().iter())
            .map(|info| run.start + info.cluster as usize)
            .collect();
        starts.sort_unstable();
        let em = self.font.units_per_em();
        for (info, place) in shaped.glyph_infos().iter().zip(shaped.glyph_positions()) {
            let start = run.start + info.cluster as usize;
            let next = starts.partition_point(|other| *other <= start);
            let end = starts.get(next).copied().unwrap_or(run.end);
            glyphs.push(KrillaGlyph::new(
                GlyphId::new(info.glyph_id),
                place.x_advance as f32 / em,
                place.x_offset as f32 / em,
                place.y_offset as f32 / em,
                place.y_advance as f32 / em,
                start..end,
                None,
            ));
        }
    }
}

/// Shaped text.
pub(super) struct Line<'a> {
    typeface: &'a Typeface,
    text: String,
    glyphs: Vec<KrillaGlyph>,
    ems: f32,
}

impl Line<'_> {
    /// Its width in points when drawn at `size` points.
    pub(super) fn width(&self, size: f32) -> f32 {
        self.ems * size
    }

    /// Draws it with the surface's fill, its baseline beginning at `start`.
    pub(super) fn draw(&self, surface: &mut Surface<'_>, start: Point, size: f32) {
        let font = self.typeface.font.clone();
        surface.draw_glyphs(start, &self.glyphs, font, &self.text, size, false);
    }
}

/// Marks without a shape of their own: bidirectional overrides and isolates, zero-width spaces,
/// variation selectors, tags and the soft hyphen. The joiners stay, because Arabic and Persian
/// spelling needs them.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// How many of `0..count` hold, where those that do come first.
fn partition_point(count: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low.midpoint(high);
        if holds(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typeface() -> Typeface {
        Typeface::load(dejavu::sans_condensed::regular()).unwrap()
    }

    #[test]
    fn text_is_one_line_of_characters_the_font_has() {
        let typeface = typeface();
        let check = |text: &str, expect: &str| assert_eq!(typeface.line(text).text, expect);
        check("Café Nyungwe", "Café Nyungwe");
        check("Cafe\u{301}", "Cafe\u{301}");
        check("Żółć · Ñandú · Кафе", "Żółć · Ñandú · Кафе");
        check("東京 store", "□□ store");
        check("  two\r\n\tlines ", "two lines");
        check("refund\u{202e}0001", "refund0001");
        check("☕\u{fe0f} bar", "☕ bar");
        check("", "—");
        check("\u{200b}\u{0}", "—");
    }

    #[test]
    fn what_does_not_fit_ends_in_an_ellipsis() {
        let typeface = typeface();
        let check = |text: &str, width: f32, expect: &str| {
            let line = typeface.fit(text, 10.0, width);
            assert_eq!(line.text, expect);
        };
        check("Remera", 100.0, "Remera");
        check("Kigali Heights, second floor", 70.0, "Kigali Height…");
        check("Kigali Heights, second floor", 3.0, "…");
    }

    #[test]
    fn words_of_both_directions_stand_in_their_order() {
        // Arabic runs from right to left, yet its number is read from left to right and stands
        // to the left of the word.
        let typeface = typeface();
        let line = typeface.line("مخزن 12");
        let digits: Vec<&str> = (line.glyphs.iter())
            .map(|glyph| &line.text[glyph.text_range.clone()])
            .take(2)
            .collect();
        assert_eq!(digits, ["1", "2"]);
    }

    proptest! {
        #[test]
        fn any_text_fits_and_has_every_glyph(
            text in r"[\p{Latin}\p{Arabic}\p{Hebrew}\p{M}\p{N}\p{Z}\p{Cf}()]{0,40}|\PC{0,40}",
            width in 12_f32..200.0,
        ) {
            let typeface = typeface();
            let line = typeface.fit(&text, 9.0, width);
            prop_assert!(line.width(9.0) <= width);
            for glyph in &line.glyphs {
                prop_assert!(line.text.get(glyph.text_range.clone()).is_some());
                prop_assert_ne!(glyph.glyph_id, GlyphId::new(0));
            }
        }
    }
}
