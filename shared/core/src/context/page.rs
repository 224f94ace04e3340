//! A prompt's text as it is laid out, and what gives way when it does not fit.

use super::{
    Context, Levels, Placed, View,
    blocks::{Block, cut},
    compaction::{newest, rolled},
    estimate::{Weight, tokens},
    resolution::{Boundaries, Fits, Importance, Item, Level, boundaries, shown},
    says::Words,
};
use crate::{EventId, thread::Fold};

/// Lays a thread out within the budget, and gives what `read` makes of it. The pictures of these
/// messages stand beside it.
pub(super) fn laid_out<T>(
    past: &[Placed<'_>],
    fold: &Fold,
    view: &View<'_>,
    pictures: &[EventId],
    read: impl FnOnce(&Page<'_>, usize) -> T,
) -> T {
    let words = Words::new(past, view.parameters, view.time_zone).beside(pictures);
    let last = newest(past);
    let after = last.map_or(0, |last| last.through);
    let (shown, hidden) = shown(past, after, fold);
    let items: Vec<Item<'_>> = shown
        .into_iter()
        .map(|(placed, importance)| {
            let weight = |level| Weight::of(&words.block(placed.event, level).render());
            Item {
                placed,
                importance,
                line: weight(Level::Line),
                compact: weight(Level::Compact),
                whole: weight(Level::Whole),
            }
        })
        .collect();
    // A compaction changes the beginning anyway, so that is when what it leaves becomes lines.
    let became_lines = last.map_or(0, |last| {
        let lines = items
            .iter()
            .take_while(|item| item.placed.commit + view.parameters.compact_commits <= last.commit);
        lines.count()
    });
    let reserved = tokens(&"x".repeat(view.parameters.summary_characters));
    let mut page = Page {
        at: boundaries(&items, became_lines, reserved, view.parameters, |weight| {
            view.correction.tokens(weight)
        }),
        pins: Boundaries::default(),
        previous: last.map(|last| last.summary),
        summary_characters: view.parameters.summary_characters,
        newest_characters: None,
        items: &items,
        words: &words,
        view,
    };
    page.fit();
    read(&page, hidden)
}

/// A prompt's text as it is laid out.
pub(super) struct Page<'a> {
    /// Of what is settled.
    pub at: Boundaries,
    /// Of what is undecided.
    pins: Boundaries,
    previous: Option<&'a str>,
    summary_characters: usize,
    /// Set when the newest message alone is too long.
    newest_characters: Option<usize>,
    pub items: &'a [Item<'a>],
    words: &'a Words<'a>,
    view: &'a View<'a>,
}

impl Page<'_> {
    /// Gives way until it fits: what is settled, then the summary, then what is undecided, oldest
    /// first, and the newest message last.
    fn fit(&mut self) {
        let mut at = self.at;
        at.decay(self.items.len(), |at| self.fits_with(*at));
        self.at = at;
        while self.summary_characters > 0 && self.fits() == Fits::No {
            self.summary_characters /= 2;
        }
        let undecided = |item: &Item<'_>| item.importance == Importance::Undecided;
        let indices = || (0..self.items.len()).filter(|index| undecided(&self.items[*index]));
        let after: Vec<usize> = indices().map(|index| index + 1).collect();
        for index in &after {
            if self.fits() == Fits::No {
                self.pins.whole = *index;
            }
        }
        for index in &after {
            if self.fits() == Fits::No {
                self.pins.compact = *index;
            }
        }
        for index in &after {
            if self.fits() == Fits::No {
                self.pins.lines = *index;
            }
        }
        if self.fits() == Fits::No {
            self.cut_newest();
        }
    }

    /// As many characters of the newest message as fit, found by halves.
    fn cut_newest(&mut self) {
        let (mut fits, mut too_many) = (0, self.view.parameters.budget() as usize * 24);
        while too_many - fits > 1 {
            let middle = fits + (too_many - fits) / 2;
            self.newest_characters = Some(middle);
            match self.fits() {
                Fits::Yes => fits = middle,
                Fits::No => too_many = middle,
            }
        }
        self.newest_characters = Some(fits);
    }

    fn fits(&self) -> Fits {
        self.fits_with(self.at)
    }

    fn fits_with(&self, at: Boundaries) -> Fits {
        Fits::within(self.tokens(at), self.view.parameters.budget())
    }

    fn tokens(&self, at: Boundaries) -> u64 {
        let items = self.items.iter().enumerate();
        let items = items.map(|(index, item)| match self.newest_block(item) {
            Some(cut) => Weight::of(&cut.render()),
            None => item.weight(self.level(at, index)),
        });
        let summary = Weight::of(&self.summary(at));
        self.view.correction.tokens(summary + items.sum())
    }

    pub fn level(&self, at: Boundaries, index: usize) -> Level {
        match self.items[index].importance {
            Importance::Ordinary => at.level(index),
            Importance::Undecided => self.pins.level(index),
            Importance::Newest => Level::Whole,
        }
    }

    fn newest_block(&self, item: &Item<'_>) -> Option<Block> {
        match (item.importance, self.newest_characters) {
            (Importance::Newest, Some(most)) => {
                Some(self.words.cut_message(item.placed.event, most))
            }
            _ => None,
        }
    }

    /// The summary's block, with what is to be summed up and is in no compaction yet.
    fn summary(&self, at: Boundaries) -> String {
        let items = self.items.iter().take(at.lines);
        let summed: Vec<Placed<'_>> = items
            .filter(|item| item.importance == Importance::Ordinary)
            .map(|item| item.placed)
            .collect();
        let most = self.summary_characters;
        let text = match (self.previous, summed.as_slice()) {
            (None, []) => String::new(),
            (Some(previous), []) => cut(previous, most.saturating_sub(1)).0,
            (previous, summed) => rolled(previous, summed, self.words, most),
        };
        if text.is_empty() || most == 0 {
            return String::new();
        }
        let block = Block {
            tag: "summary",
            attributes: vec![],
            text,
        };
        block.render()
    }

    pub fn write(&self, events: usize, hidden: usize) -> Context {
        let mut settled = self.summary(self.at);
        let mut recent = String::new();
        let mut levels = Levels {
            summed: events - self.items.len() - hidden,
            hidden,
            ..Levels::default()
        };
        // Something is always recent, for a provider may refuse an empty message.
        let settles = self.at.whole.min(self.items.len().saturating_sub(1));
        for (index, item) in self.items.iter().enumerate() {
            let level = self.level(self.at, index);
            match level {
                Level::Whole => levels.whole += 1,
                Level::Compact => levels.compact += 1,
                Level::Line => levels.line += 1,
                Level::Summed => {
                    levels.summed += 1;
                    continue;
                }
            }
            let block = self.newest_block(item);
            let block = block.unwrap_or_else(|| self.words.block(item.placed.event, level));
            let part = match index < settles {
                true => &mut settled,
                false => &mut recent,
            };
            part.push_str(&block.render());
        }
        Context {
            settled,
            recent,
            tokens: self.tokens(self.at),
            levels,
        }
    }
}
