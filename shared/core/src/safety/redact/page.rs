//! A text while it is searched: what was taken, what is kept, and where its numbers are.

use std::ops::Range;

use super::{
    super::glyph::{Glyph, glyphs, letter},
    Found,
};

/// Kinds of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Phone,
    Email,
    Card,
    Id,
    Account,
}

impl Kind {
    /// What stands for it.
    fn marker(self) -> &'static str {
        match self {
            Self::Phone => "[phone]",
            Self::Email => "[email]",
            Self::Card => "[card]",
            Self::Id => "[id]",
            Self::Account => "[account]",
        }
    }
}

/// A text while it is searched. Places in it are counted in glyphs.
pub(super) struct Page<'a> {
    text: &'a str,
    pub glyphs: Vec<Glyph>,
    /// Whether a glyph was taken out or is known to be no personal data.
    settled: Vec<bool>,
    /// Whether a glyph is part of a link.
    linked: Vec<bool>,
    hits: Vec<(Range<usize>, Kind)>,
}

impl<'a> Page<'a> {
    /// None for a text that can't have any personal data.
    pub fn read(text: &'a str) -> Option<Self> {
        let glyphs = glyphs(text);
        if !glyphs.iter().any(|g| g.c.is_ascii_digit() || g.c == '@') {
            return None;
        }
        let none = vec![false; glyphs.len()];
        Some(Self {
            text,
            settled: none.clone(),
            linked: none,
            glyphs,
            hits: Vec::new(),
        })
    }

    /// The character at `at`, unless it was settled; none beyond the ends.
    pub fn open(&self, at: usize) -> Option<char> {
        let glyph = self.glyphs.get(at)?;
        (!self.settled[at]).then_some(glyph.c)
    }

    /// The character before `at`, settled or not.
    pub fn before(&self, at: usize) -> Option<char> {
        Some(self.glyphs.get(at.checked_sub(1)?)?.c)
    }

    /// The character at `at`, settled or not.
    pub fn at(&self, at: usize) -> Option<char> {
        Some(self.glyphs.get(at)?.c)
    }

    /// The characters there, as they look.
    pub fn string(&self, range: Range<usize>) -> String {
        self.glyphs[range].iter().map(|g| g.c).collect()
    }

    /// The characters there, lower case and without accents.
    pub fn word(&self, range: Range<usize>) -> String {
        self.glyphs[range].iter().map(|g| letter(g.c)).collect()
    }

    /// The stretches of characters for which `is_part` holds, without those that are settled.
    pub fn tokens(&self, is_part: fn(char) -> bool) -> Vec<Range<usize>> {
        let mut tokens: Vec<Range<usize>> = Vec::new();
        for at in 0..self.glyphs.len() {
            if !self.open(at).is_some_and(is_part) {
                continue;
            }
            match tokens.last_mut() {
                Some(last) if last.end == at => last.end += 1,
                _ => tokens.push(at..at + 1),
            }
        }
        tokens
    }

    /// This is no personal data, or the addressee's own.
    pub fn keep(&mut self, range: Range<usize>) {
        self.settled[range].fill(true);
    }

    /// This is part of a link.
    pub fn link(&mut self, range: Range<usize>) {
        self.linked[range].fill(true);
    }

    /// Whether it is part of a link.
    pub fn is_linked(&self, at: usize) -> bool {
        self.linked.get(at).is_some_and(|linked| *linked)
    }

    /// This is personal data.
    pub fn take(&mut self, range: Range<usize>, kind: Kind) {
        self.settled[range.clone()].fill(true);
        self.hits.push((range, kind));
    }

    /// The text with its markers; none if there are none.
    pub fn finish(mut self, found: &mut Found) -> Option<String> {
        if self.hits.is_empty() {
            return None;
        }
        self.hits.sort_by_key(|(range, _)| range.start);
        let mut text = String::with_capacity(self.text.len());
        let mut written = 0;
        for (range, kind) in &self.hits {
            let (first, last) = (&self.glyphs[range.start], &self.glyphs[range.end - 1]);
            text.push_str(&self.text[written..first.start]);
            text.push_str(kind.marker());
            // Accents and joiners after the last character go with it.
            written = self
                .glyphs
                .get(range.end)
                .map_or(self.text.len(), |next| next.start)
                .max(last.end);
            found.count(*kind);
        }
        text.push_str(&self.text[written..]);
        Some(text)
    }

    /// The numbers of the text: digits that at most [`WIDEST_GAP`] other characters, and no letter
    /// and nothing settled, divide.
    pub fn runs(&self) -> Vec<Run> {
        let groups = self.tokens(|c| c.is_ascii_digit());
        let mut runs: Vec<Run> = Vec::new();
        for group in groups {
            let gap = runs
                .last()
                .and_then(|run| run.groups.last())
                .map(|last| last.end..group.start)
                .filter(|gap| {
                    gap.len() <= WIDEST_GAP
                        && gap.clone().all(|at| self.open(at).is_some_and(is_gap))
                });
            match (gap, runs.last_mut()) {
                (Some(_), Some(run)) => run.groups.push(group),
                _ => runs.push(Run {
                    groups: vec![group],
                }),
            }
        }
        runs
    }

    /// The digits of some groups.
    pub fn digits(&self, groups: &[Range<usize>]) -> String {
        groups
            .iter()
            .flat_map(|group| &self.glyphs[group.clone()])
            .map(|g| g.c)
            .collect()
    }
}

/// Enough for " - " and a bracket.
const WIDEST_GAP: usize = 4;

fn is_gap(c: char) -> bool {
    !c.is_alphanumeric()
}

/// Groups of digits that may be one number together.
pub(super) struct Run {
    pub groups: Vec<Range<usize>>,
}

impl Run {
    /// The parts of it whose gaps hold only such characters.
    pub fn parts(&self, page: &Page<'_>, is_gap: fn(char) -> bool) -> Vec<Run> {
        let mut parts: Vec<Run> = Vec::new();
        for group in &self.groups {
            match parts.last_mut() {
                Some(part)
                    if part.groups.last().is_some_and(|last| {
                        (last.end..group.start).all(|at| page.at(at).is_some_and(is_gap))
                    }) =>
                {
                    part.groups.push(group.clone());
                }
                _ => parts.push(Run {
                    groups: vec![group.clone()],
                }),
            }
        }
        parts
    }

    /// Neighbouring groups that have at most `most` digits together.
    pub fn windows(&self, most: usize) -> impl Iterator<Item = &[Range<usize>]> {
        (0..self.groups.len()).flat_map(move |first| {
            let mut digits = 0;
            self.groups[first..]
                .iter()
                .take_while(move |group| {
                    digits += group.len();
                    digits <= most
                })
                .enumerate()
                .map(move |(more, _)| &self.groups[first..=first + more])
        })
    }
}

/// From the first to the last group of a window.
pub(super) fn span(groups: &[Range<usize>]) -> Option<Range<usize>> {
    Some(groups.first()?.start..groups.last()?.end)
}
