//! Over many turns: how stable and how large prompts are.

use super::scene::Scene;
use crate::context::{Context, Levels};

#[test]
fn a4_o7_what_is_settled_is_mostly_the_beginning_of_what_is_settled_next() {
    let mut scene = Scene::new();
    let prompts: Vec<Context> = (0..200).map(|_| scene.turn()).collect();
    let kept = prompts
        .windows(2)
        .filter(|pair| pair[1].settled.starts_with(&pair[0].settled))
        .count();
    let percent = 100 * kept / (prompts.len() - 1);
    eprintln!("what is settled is kept in {percent} % of the turns");
    assert!(percent >= 80, "{percent} %");
    // That is only worth something if much is settled.
    let settled: usize = prompts[20..]
        .iter()
        .map(|prompt| prompt.settled.len())
        .sum();
    let recent: usize = prompts[20..].iter().map(|prompt| prompt.recent.len()).sum();
    assert!(settled > recent / 2, "{settled} of {recent}");
}

#[test]
fn a4_a_prompt_stays_as_large_over_ten_thousand_events() {
    let mut scene = Scene::new();
    // A prompt grows and is compacted by turns, so what is compared is the mean of some.
    let mut mean_after = |turns: usize| {
        while scene.turns < turns {
            scene.pass();
        }
        let prompts: Vec<Context> = (0..60).map(|_| scene.turn()).collect();
        for prompt in &prompts {
            assert!(
                prompt.tokens <= scene.parameters.budget_tokens,
                "{prompt:?}"
            );
        }
        let all = prompts.iter().filter(|it| has_every_level(it.levels));
        assert!(all.count() > 30, "every level is in use");
        let sum: u64 = prompts.iter().map(|prompt| prompt.tokens).sum();
        (scene.thread.events.len(), sum / 60)
    };
    let early = {
        let mut scene = Scene::new();
        (0..10).map(|_| scene.turn().tokens).max().unwrap()
    };
    let means = [200, 1_000, 1_440].map(&mut mean_after);
    eprintln!("up to turn 10: {early} tokens; (events, tokens) at 200, 1,000, 1,500: {means:?}");
    let (events, _) = means[2];
    assert!(events > 10_000, "{events}");
    for (_, tokens) in means {
        assert!(tokens.abs_diff(means[0].1) * 10 <= means[0].1, "{means:?}");
        assert!(early * 10 <= tokens * 11, "{early} of {tokens}");
    }
}

fn has_every_level(levels: Levels) -> bool {
    levels.whole > 0 && levels.compact > 0 && levels.line > 0 && levels.summed > 0
}
