//! Tokens and the providers' prompt caches, simple and the same every time.

use std::collections::VecDeque;

use countersign_core::model::{Provider, Usage};

use super::request::Request;

/// A token is four characters, the last one maybe fewer.
pub(super) fn tokens(text: &str) -> u64 {
    tokens_of(text.chars().count())
}

fn tokens_of(characters: usize) -> u64 {
    u64::try_from(characters.div_ceil(4)).unwrap_or(u64::MAX)
}

/// So many prompts are remembered; the real caches forget after minutes.
const REMEMBERED: usize = 64;

/// What was read before.
#[derive(Debug, Default)]
pub(super) struct Cache(VecDeque<Read>);

#[derive(Debug)]
struct Read {
    provider: Provider,
    model: String,
    text: Vec<char>,
    /// Where marks end, in characters.
    marks: Vec<usize>,
}

impl Cache {
    /// Reads a prompt and says what it costs. OpenAI and Gemini cache by themselves whatever two
    /// prompts begin with; Anthropic caches up to its marks, and writing costs.
    pub(super) fn read(&mut self, request: &Request) -> Usage {
        let mut text = Vec::new();
        let mut ends = Vec::new();
        for part in request.readable() {
            text.extend(part.chars());
            ends.push(text.len());
        }
        let marks = request.marks.iter().filter_map(|part| ends.get(*part));
        let read = Read {
            provider: request.provider,
            model: request.model.clone(),
            marks: marks.copied().collect(),
            text,
        };
        let (cached, written) = match request.provider {
            Provider::Anthropic => self.marked(&read),
            Provider::OpenAi | Provider::Gemini | Provider::Compatible => (self.common(&read), 0),
        };
        let all = tokens_of(read.text.len());
        let cached = tokens_of(cached).min(all);
        let written = tokens_of(written).min(all - cached);
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(read);
        Usage {
            input: all - cached - written,
            cached,
            cache_written: written,
            output: 0,
        }
    }

    fn earlier<'a>(&'a self, read: &'a Read) -> impl Iterator<Item = &'a Read> {
        self.0
            .iter()
            .filter(|other| (other.provider, &other.model) == (read.provider, &read.model))
    }

    /// The longest beginning that an earlier prompt had, in characters.
    fn common(&self, read: &Read) -> usize {
        let same = |other: &Read| {
            let both = other.text.iter().zip(&read.text);
            both.take_while(|(one, other)| one == other).count()
        };
        self.earlier(read).map(same).max().unwrap_or(0)
    }

    /// The longest marked beginning that was marked before, and how much longer the longest one of
    /// this prompt is.
    fn marked(&self, read: &Read) -> (usize, usize) {
        let was_marked = |end: usize| {
            self.earlier(read).any(|other| {
                other.marks.contains(&end) && other.text.get(..end) == read.text.get(..end)
            })
        };
        let cached = read.marks.iter().copied().filter(|end| was_marked(*end));
        let cached = cached.max().unwrap_or(0);
        let longest = read.marks.iter().copied().max().unwrap_or(0);
        (cached, longest - cached)
    }
}
