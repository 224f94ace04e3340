//! What a model is shown of a thread besides what a turn has loaded anyway.

use std::collections::BTreeSet;

use countersign_aws::{Error, threads::Threads};
use countersign_core::{
    commit::Commit,
    context::Placed,
    event::Event,
    thread::{Compacted, Head, Thread},
};

/// So many of the newest commits are shown or summed up at most. What commands alone have filled
/// since the last summary beyond that is not.
const MOST_COMMITS: u64 = 150;

/// In which commit each of a thread's events is, and the events before them.
#[derive(Debug)]
pub(crate) struct Past {
    /// The oldest of the newest commits, all of which are at hand.
    from: u64,
    /// Of the thread's events, in their order; those it adds are in the commit under way.
    commits: Vec<u64>,
    /// The events of older commits, oldest first, once they are loaded.
    older: Option<Vec<(u64, Event)>>,
}

impl Past {
    /// Of a thread whose newest commits begin with `from`.
    pub(crate) fn from(from: u64) -> Self {
        Self {
            from,
            commits: Vec::new(),
            older: None,
        }
    }

    /// The thread's events go on with those of a commit, which are put after `events`.
    pub(crate) fn add(&mut self, commit: &Commit, events: &mut Vec<Event>) -> Result<(), Error> {
        let more = self::events(commit)?;
        self.commits.extend(more.iter().map(|_| commit.number));
        events.extend(more);
        Ok(())
    }

    /// All that the thread has is on record now.
    pub(crate) fn committed(&mut self, thread: &Thread) {
        self.commits.resize(thread.events.len(), thread.head.commit);
    }

    /// Loads what a model is shown besides, if there is more and it was not loaded yet: the newest
    /// summary and all that it does not cover. One query, and
    /// a read for the summary and each thing that waits for a decision, where they are older.
    pub(crate) async fn load(&mut self, threads: &Threads, head: &Head) -> Result<(), Error> {
        if self.older.is_some() {
            return Ok(());
        }
        let compacted = head.fold.compacted;
        let uncovered = compacted.map_or(1, |compacted| compacted.through + 1);
        let first = uncovered.max(head.commit.saturating_sub(MOST_COMMITS) + 1);
        let mut older = Vec::new();
        if let Some(Compacted { commit, .. }) = compacted
            && commit < first.min(self.from)
        {
            older.extend(threads.commit(&head.tenant, head.thread, commit).await?);
        }
        if first < self.from {
            let range = first..=self.from - 1;
            older.extend(threads.commits(&head.tenant, head.thread, range).await?);
        }
        // Those in which something is open are at hand.
        older.retain(|commit| !self.commits.contains(&commit.number));
        let mut placed = Vec::new();
        for commit in older {
            let events = events(&commit)?;
            placed.extend(events.into_iter().map(|event| (commit.number, event)));
        }
        self.older = Some(placed);
        for number in self.undecided(head) {
            if let Some(commit) = threads.commit(&head.tenant, head.thread, number).await? {
                let events = events(&commit)?.into_iter();
                let older = self.older.get_or_insert_default();
                older.extend(events.map(|event| (number, event)));
            }
        }
        Ok(())
    }

    /// The commits that hold something undecided and are not at hand.
    fn undecided(&self, head: &Head) -> BTreeSet<u64> {
        let older = self.older.iter().flatten().map(|(commit, _)| *commit);
        let at_hand: BTreeSet<u64> = older.chain(self.commits.iter().copied()).collect();
        let awaiting = head.fold.awaiting.iter().map(|awaiting| awaiting.commit);
        let asked = head.fold.open.iter().filter_map(|open| open.asked);
        awaiting
            .chain(asked)
            .filter(|commit| !at_hand.contains(commit))
            .collect()
    }

    /// The thread's events with their commits, oldest first.
    pub(crate) fn placed<'a>(&'a self, thread: &'a Thread) -> Vec<Placed<'a>> {
        let older = self.older.iter().flatten();
        let older = older.map(|(commit, event)| Placed {
            commit: *commit,
            event,
        });
        let under_way = thread.head.commit + 1;
        let numbers = self.commits.iter().copied();
        let numbers = numbers.chain(std::iter::repeat(under_way));
        let here = numbers.zip(&thread.events);
        let here = here.map(|(commit, event)| Placed { commit, event });
        let mut placed: Vec<Placed<'a>> = older.chain(here).collect();
        placed.sort_by_key(|placed| placed.commit);
        placed
    }
}

fn events(commit: &Commit) -> Result<Vec<Event>, Error> {
    commit.events().map_err(|why| Error::Unreadable {
        what: "reading a commit",
        why: why.to_string(),
    })
}
