//! A page while it is drawn: text, numbers, tables and rectangles at places in points.

use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::paint::Fill;
use krilla::surface::Surface;

use super::text::Typeface;

/// ISO 216 A4 in points of 1/72 inch.
pub(super) const PAGE: (f32, f32) = (595.28, 841.89);
pub(super) const LEFT: f32 = 44.0;
pub(super) const RIGHT: f32 = PAGE.0 - LEFT;
pub(super) const WIDTH: f32 = RIGHT - LEFT;

/// The height of a table's row.
pub(super) const ROW: f32 = 16.5;

pub(super) const INK: Color = Color(0x1b, 0x26, 0x31);
pub(super) const MUTED: Color = Color(0x66, 0x72, 0x7f);
pub(super) const RULE: Color = Color(0xd9, 0xdf, 0xe4);
pub(super) const CARD: Color = Color(0xf2, 0xf6, 0xf5);
pub(super) const ACCENT: Color = Color(0x0f, 0x6b, 0x5c);
pub(super) const BAR: Color = Color(0x8f, 0xc2, 0xb7);
pub(super) const RISE: Color = Color(0x1e, 0x7b, 0x4f);
pub(super) const FALL: Color = Color(0xb3, 0x39, 0x2f);

/// Red, green and blue of sRGB.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Color(u8, u8, u8);

/// How text looks: its size in points, its colour, and whether it is to stand out.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) size: f32,
    pub(super) color: Color,
    weight: Weight,
}

#[derive(Clone, Copy)]
pub(super) enum Weight {
    Regular,
    Bold,
}

pub(super) const fn regular(size: f32, color: Color) -> Style {
    Style {
        size,
        color,
        weight: Weight::Regular,
    }
}

pub(super) const fn bold(size: f32, color: Color) -> Style {
    Style {
        size,
        color,
        weight: Weight::Bold,
    }
}

pub(super) const CELL: Style = regular(8.5, INK);
const COLUMN_TITLE: Style = regular(7.5, MUTED);

/// Which part of text stands at the place given for it.
#[derive(Clone, Copy)]
pub(super) enum Align {
    Left,
    Center,
    Right,
}

/// A place for text: where its left end, middle or right end is by `align`, where its baseline is,
/// and the most width it may take.
#[derive(Clone, Copy)]
pub(super) struct At {
    align: Align,
    x: f32,
    base: f32,
    room: f32,
}

impl At {
    pub(super) fn left(x: f32, base: f32, room: f32) -> Self {
        let align = Align::Left;
        Self {
            align,
            x,
            base,
            room,
        }
    }

    pub(super) fn center(x: f32, base: f32, room: f32) -> Self {
        let align = Align::Center;
        Self {
            align,
            x,
            base,
            room,
        }
    }

    pub(super) fn right(x: f32, base: f32, room: f32) -> Self {
        let align = Align::Right;
        Self {
            align,
            x,
            base,
            room,
        }
    }
}

/// A table's column: cells keep between `left` and `right`.
pub(super) struct Column {
    title: String,
    left: f32,
    right: f32,
    align: Align,
}

/// A column between two places, with its title.
pub(super) fn column(title: &str, left: f32, right: f32, align: Align) -> Column {
    Column {
        title: title.to_owned(),
        left,
        right,
        align,
    }
}

/// What a cell holds decides what happens when it is too wide: names are cut, numbers are not,
/// since half a number is a wrong number.
pub(super) enum Cell {
    Name(String),
    Number(String),
}

/// The page. The origin is the upper left corner.
pub(super) struct Sheet<'a> {
    surface: Surface<'a>,
    regular: &'a Typeface,
    bold: &'a Typeface,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(surface: Surface<'a>, regular: &'a Typeface, bold: &'a Typeface) -> Self {
        Self {
            surface,
            regular,
            bold,
        }
    }

    /// Puts what was drawn on the page.
    pub(super) fn finish(self) {
        self.surface.finish();
    }

    /// Text that is cut where it is too wide.
    pub(super) fn name(&mut self, style: Style, at: At, text: &str) {
        let line = self.typeface(style.weight).fit(text, style.size, at.room);
        let start = match at.align {
            Align::Left => at.x,
            Align::Center => at.x - line.width(style.size) / 2.0,
            Align::Right => at.x - line.width(style.size),
        };
        self.fill(style.color);
        let start = Point::from_xy(start, at.base);
        line.draw(&mut self.surface, start, style.size);
    }

    /// Text that is drawn smaller where it is too wide.
    pub(super) fn number(&mut self, style: Style, at: At, text: &str) {
        if text.is_empty() {
            return;
        }
        let width = self.typeface(style.weight).line(text).width(style.size);
        // A hair less than the room, so that rounding cannot make it too wide again.
        let size = style.size * (0.999 * at.room / width).min(1.0);
        self.name(Style { size, ..style }, at, text);
    }

    pub(super) fn section(&mut self, base: f32, title: &str) {
        let at = At::left(LEFT, base, WIDTH / 2.0);
        self.name(bold(11.0, ACCENT), at, title);
    }

    /// Returns the baseline of the first row.
    pub(super) fn column_titles(&mut self, base: f32, columns: &[Column]) -> f32 {
        let titles = columns.iter().map(|column| column.title.clone());
        self.cells(base, COLUMN_TITLE, columns, titles.map(Cell::Number));
        self.rectangle(LEFT, base + 5.0, WIDTH, 0.75, MUTED);
        base + ROW
    }

    pub(super) fn row<const N: usize>(
        &mut self,
        base: f32,
        style: Style,
        columns: &[Column; N],
        cells: [Cell; N],
    ) {
        self.cells(base, style, columns, cells);
        self.rectangle(LEFT, base + 5.5, WIDTH, 0.4, RULE);
    }

    fn cells(
        &mut self,
        base: f32,
        style: Style,
        columns: &[Column],
        cells: impl IntoIterator<Item = Cell>,
    ) {
        for (column, cell) in columns.iter().zip(cells) {
            let room = column.right - column.left;
            let at = match column.align {
                Align::Left => At::left(column.left, base, room),
                Align::Center => At::center(column.left + room / 2.0, base, room),
                Align::Right => At::right(column.right, base, room),
            };
            match cell {
                Cell::Name(text) => self.name(style, at, &text),
                Cell::Number(text) => self.number(style, at, &text),
            }
        }
    }

    pub(super) fn rectangle(&mut self, left: f32, top: f32, width: f32, height: f32, color: Color) {
        let Some(rectangle) = Rect::from_xywh(left, top, width, height) else {
            return;
        };
        let mut path = PathBuilder::new();
        path.push_rect(rectangle);
        if let Some(path) = path.finish() {
            self.fill(color);
            self.surface.draw_path(&path);
        }
    }

    fn typeface(&self, weight: Weight) -> &'a Typeface {
        match weight {
            Weight::Regular => self.regular,
            Weight::Bold => self.bold,
        }
    }

    fn fill(&mut self, color: Color) {
        self.surface.set_fill(Some(Fill {
            paint: rgb::Color::new(color.0, color.1, color.2).into(),
            ..Fill::default()
        }));
    }
}
