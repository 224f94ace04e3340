//! What is printed: who said what to whom, when, how long it took, and what that proves.

use std::{
    fmt::Debug,
    io::{IsTerminal, Write},
    time::Duration,
};

use anyhow::bail;

/// Before a line's text: its time, its milliseconds, and who speaks to whom.
const INDENT: usize = 39;
/// Lines are broken here.
const WIDTH: usize = 104;
/// A word that is longer, such as a link with a token, is cut.
const LONGEST_WORD: usize = 56;

/// The transcript, and what was off.
pub(super) struct Transcript {
    out: Box<dyn Write + Send>,
    paint: Paint,
    scenes: usize,
    title: String,
    off: Vec<String>,
}

/// One line of a conversation.
pub(super) struct Line<'a> {
    /// The time of day there.
    pub(super) time: &'a str,
    /// How long it took here, on the first line of what followed.
    pub(super) took: Option<Duration>,
    /// Who speaks.
    pub(super) from: &'a str,
    /// To whom.
    pub(super) to: &'a str,
    /// What.
    pub(super) text: &'a str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Paint {
    Plain,
    Ansi,
}

#[derive(Clone, Copy)]
enum Style {
    Bold,
    Dim,
    Green,
    Red,
}

impl Transcript {
    /// On standard output, in colour if that is a terminal.
    pub(super) fn on_stdout() -> Self {
        let out = std::io::stdout();
        let plain = !out.is_terminal() || std::env::var_os("NO_COLOR").is_some();
        let paint = if plain { Paint::Plain } else { Paint::Ansi };
        Self::new(Box::new(out), paint)
    }

    fn new(out: Box<dyn Write + Send>, paint: Paint) -> Self {
        Self {
            out,
            paint,
            scenes: 0,
            title: String::new(),
            off: Vec::new(),
        }
    }

    pub(super) fn headline(&mut self, text: &str) -> anyhow::Result<()> {
        let text = self.painted(Style::Bold, text);
        writeln!(self.out, "{text}")?;
        Ok(())
    }

    pub(super) fn scene(&mut self, title: &str) -> anyhow::Result<()> {
        self.scenes += 1;
        self.title = title.to_owned();
        let title = self.painted(Style::Bold, &format!("{:>2}  {title}", self.scenes));
        writeln!(self.out, "\n{title}")?;
        Ok(())
    }

    pub(super) fn scenes(&self) -> usize {
        self.scenes
    }

    pub(super) fn line(&mut self, line: &Line<'_>) -> anyhow::Result<()> {
        let took = line.took.map_or_else(String::new, |took| {
            format!("{} ms", took.as_micros().div_ceil(1000))
        });
        let head = format!("{:>9} {took:>8}", line.time);
        let who = format!("{} → {}", line.from, line.to);
        write!(self.out, "{}  {who:<19}", self.painted(Style::Dim, &head))?;
        for (index, text) in broken(line.text).iter().enumerate() {
            let indent = if index == 0 { 0 } else { INDENT };
            writeln!(self.out, "{:indent$}{text}", "")?;
        }
        Ok(())
    }

    /// Something that happens without anybody saying anything.
    pub(super) fn note(&mut self, time: &str, text: &str) -> anyhow::Result<()> {
        let note = self.painted(Style::Dim, &format!("{time:>9}           ({text})"));
        writeln!(self.out, "{note}")?;
        Ok(())
    }

    /// A claim about what just happened, and whether it holds.
    pub(super) fn proves(&mut self, claim: &str, holds: Result<(), String>) -> anyhow::Result<()> {
        match holds {
            Ok(()) => {
                let mark = self.painted(Style::Green, "✓");
                writeln!(self.out, "    {mark} {claim}")?;
            }
            Err(why) => {
                let mark = self.painted(Style::Red, "✗");
                writeln!(self.out, "    {mark} {claim}: {why}")?;
                self.off.push(format!("{}: {claim}: {why}", self.title));
            }
        }
        Ok(())
    }

    /// The last line.
    ///
    /// # Errors
    /// Names what was off.
    pub(super) fn end(mut self, summary: &str) -> anyhow::Result<()> {
        writeln!(self.out, "\n{summary}")?;
        match self.off.as_slice() {
            [] => {
                let text = self.painted(Style::Green, "Nothing was off.");
                writeln!(self.out, "{text}")?;
                Ok(())
            }
            [one] => bail!("one thing was off: {one}"),
            many => bail!("{} things were off: {}", many.len(), many.join("; ")),
        }
    }

    fn painted(&self, style: Style, text: &str) -> String {
        let code = match style {
            Style::Bold => "1",
            Style::Dim => "2",
            Style::Green => "32",
            Style::Red => "31",
        };
        match self.paint {
            Paint::Plain => text.to_owned(),
            Paint::Ansi => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }
}

/// Whether two things are the same; if not, in words.
pub(super) fn same<T: PartialEq + Debug>(got: T, wants: T) -> Result<(), String> {
    if got == wants {
        Ok(())
    } else {
        Err(format!("got {got:?}, wants {wants:?}"))
    }
}

/// Whether these messages came, one for each part, each with its part in it.
pub(super) fn says(heard: &[String], parts: &[&str]) -> Result<(), String> {
    let fits = heard.len() == parts.len()
        && heard
            .iter()
            .zip(parts)
            .all(|(text, part)| text.contains(part));
    if fits {
        Ok(())
    } else {
        Err(format!("got {heard:?}, wants {parts:?}"))
    }
}

/// The lines of a text, none longer than there is room.
fn broken(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            let word = cut(word);
            let length = line.chars().count() + 1 + word.chars().count();
            if !line.is_empty() && length > WIDTH - INDENT {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
        lines.push(line);
    }
    lines
}

fn cut(word: &str) -> String {
    if word.chars().count() <= LONGEST_WORD {
        return word.to_owned();
    }
    let kept: String = word.chars().take(LONGEST_WORD - 1).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_transcript_is_in_columns_and_ends_with_what_was_off() {
        let paper = Paper::default();
        let mut transcript = Transcript::new(Box::new(paper.clone()), Paint::Plain);
        transcript.scene("Stock").unwrap();
        let line = Line {
            time: "09:02",
            took: Some(Duration::from_micros(37_100)),
            from: "agent",
            to: "Chantal",
            text: "*Blue widget*\nTotal: *143*",
        };
        transcript.line(&line).unwrap();
        transcript.note("09:03", "a minute passes").unwrap();
        transcript.proves("one reply", same(1, 1)).unwrap();
        let heard = ["Hello".to_owned()];
        transcript
            .proves("a greeting", says(&heard, &["Bye"]))
            .unwrap();
        let error = transcript.end("1 scene").unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"one thing was off: Stock: a greeting: got ["Hello"], wants ["Bye"]"#
        );
        let printed = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
        assert_eq!(
            printed,
            "
 1  Stock
    09:02    38 ms  agent → Chantal    *Blue widget*
                                       Total: *143*
    09:03           (a minute passes)
    ✓ one reply
    ✗ a greeting: got [\"Hello\"], wants [\"Bye\"]

1 scene
"
        );
    }

    #[test]
    fn long_lines_are_broken_and_long_words_cut() {
        let word = "x".repeat(LONGEST_WORD + 1);
        let lines = broken(&format!("Decide here: {word} before noon\n\nThank you"));
        let cut = format!("{}…", "x".repeat(LONGEST_WORD - 1));
        assert_eq!(
            lines,
            [
                "Decide here:",
                &format!("{cut} before"),
                "noon",
                "",
                "Thank you"
            ]
        );
    }
}
