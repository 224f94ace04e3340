//! Phrases that give a model orders, in English, French, Kinyarwanda and Swahili.

use std::{collections::BTreeSet, sync::LazyLock};

use super::{Flag, Plain};

/// Each is words in order: `a|b` is either, `a*` what begins with `a`, `~3` up to three words of any
/// kind, `!a|b` that none of these follows. Lower case and without accents; an apostrophe divides
/// words.
///
/// The Kinyarwanda and Swahili ones are the plain renderings of the English ones.
#[rustfmt::skip]
const PHRASES: &[(Flag, &[&str])] = &[
    (Flag::OverridesInstructions, &[
        "ignore|disregard|forget|override|bypass|discard|neglect|overlook ~4 instruction*|prompt|prompts|guideline*|directive*|programming|training|restrictions|constraints",
        "ignore|disregard|forget|override|bypass ~2 previous|prior|above|earlier|your|all|these|those ~1 rules|orders|commands|polic* !i|we|from|for",
        "ignore|disregard|forget ~1 everything|anything|all ~3 above|before|told|said|earlier|previously !i|we|the",
        "do not|dont|don|stop|never ~1 follow|following|obey|obeying ~4 instruction*|rules|guideline*|prompt",
        "new|updated|real|actual instructions ~2 follow|are|from",
        "your ~1 new|real|true ~1 instruction*|task|goal|objective|mission|purpose is|are",
        "instructions ~2 are|is|no ~2 longer|void|obsolete|cancelled",
        "ignore|ignorez|ignorer|oublie|oubliez|oublier ~4 instructions|consignes|directives|regles ~2 precedent*|anterieur*|ci|ton|tes|vos|votre|systeme|recu*|donne*",
        "ignore|ignorez|oublie|oubliez ~2 toutes ~1 tes|vos|les ~1 instructions|consignes|directives|regles",
        "ne ~1 suis|suivez ~1 pas|plus ~3 instructions|consignes|regles",
        "irengagize|wirengagize|mwirengagize|ibagirwa|wibagirwe|kwirengagiza|reka ~3 amabwiriza|amategeko|ibwiriza",
        "ntukurikize|ntugakurikize ~3 amabwiriza|amategeko",
        "puuza|puuzia|sahau|usifuate|kupuuza|acha ~3 maagizo|maelekezo|maelezo|sheria|amri ~2 yako|zako|yote|zote|ya|za|yaliyotangulia",
    ]),
    (Flag::ChangesRole, &[
        "you are|re now ~1 a|an|dan|unrestricted|free|going|acting|admin*|evil|called|named",
        "you are|re now in|on ~2 mode",
        "you are|re no|not longer|more|really ~2 bound|assistant|bot|ai|agent|limited|restricted",
        "from now on ~1 you ~1 are|re|must|obey|act|respond|answer|ignore",
        "act|behave|respond|roleplay|answer as ~3 assistant|admin*|developer|manager|system|ai|bot|dan|hacker|unrestricted|terminal|shell|model|if you",
        "pretend|imagine ~1 to|you|that ~2 be|are|have|re ~3 assistant|ai|admin*|manager|developer|bot|no|not|unrestricted|human|approver|system|owner",
        "developer|god|dan|debug|sudo|root|jailbreak|unrestricted mode",
        "jailbreak*",
        "do anything now",
        "you|re|are ~3 evil|unrestricted|uncensored|unfiltered ~3 with|and|assistant|ai|bot|model|shopkeeper",
        "without|no|any|zero ~1 restrictions|filters|censorship|guardrails ~3 answer|respond|apply|ai|model",
        "ai|model|assistant|bot ~3 without|no ~2 restrictions|limits|limitations|rules|filters|guardrails",
        "tu es|etes maintenant ~1 un|une|dan|libre|en",
        "vous etes maintenant|desormais ~1 un|une|dan|libre|en",
        "desormais|maintenant tu es ~1 un|une|libre|en",
        "agis|agissez|comporte|fais|faites ~1 comme ~1 si ~1 tu|vous ~2 etais|etait|etiez|es",
        "mode developpeur|administrateur|dieu",
        "guhera|kuva ubu ~1 uri|ube|uzaba",
        "ubu uri ~1 umuyobozi|admin*|dan",
        "kuanzia|tangu sasa ~1 wewe|utakuwa|uwe",
        "sasa wewe ni ~2 msimamizi|admin*|dan|meneja|msaidizi",
        "jifanye ~1 wewe|kuwa|kama|ni",
    ]),
    (Flag::AsksForPrompt, &[
        "reveal|show|print|repeat|output|tell|give|share|display|leak|dump|copy|summari*|translate|what|send|write|expose ~5 system|hidden|initial|original|secret|internal|developer ~1 prompt*|instruction*|message",
        "reveal|leak|expose|dump|print|output ~2 your|the ~2 prompt*|instruction*|rules|configuration|guidelines",
        "what|show|tell|repeat|give|share ~3 your prompt",
        "what are|were|is your|you|the ~2 instructions !for|to|on|about|of",
        "repeat|print|copy|output|say|return ~3 words|everything|all|content* ~1 above|before|verbatim",
        "repeat|print|copy|output|say|return ~3 text ~1 above|before ~3 verbatim|exactly|word",
        "text|content*|words of your ~1 first|initial|original|system message|prompt",
        "everything above ~3 verbatim|exactly|word",
        "starting|start|begin* with you are",
        "revele|revelez|affiche|affichez|montre|montrez|donne|donnez|repete|repetez ~4 prompt|consignes|instructions ~2 systeme|initial*|cach*|secret*|internes|exact*",
        "revele|revelez|affiche|affichez|montre|montrez|repete|repetez ~2 ton|tes|vos|votre prompt|consignes|instructions",
        "quelles|quels sont tes|vos ~1 instructions|consignes !pour|de",
        "nyereka|mbwira|garagaza|mpa|erekana ~2 amabwiriza ~2 yawe|wahawe|y",
        "nionyeshe|niambie|onyesha|fichua|nipe|rudia ~2 maagizo|maelekezo|prompt ~1 yako|yenu|uliyopewa|siri|mfumo",
    ]),
    (Flag::ClaimsAuthority, &[
        "i|we am|m|are the|your ~1 developer*|programmer*|creator*|administrator*|admin|maker*|superuser",
        "i|we am|m|are your ~1 boss|supervisor|owner|master",
        "i|we am|m|are ~2 from|with|at openai|anthropic|google|meta ~1 and|security|support|team",
        "this is ~2 developer*|administrator|admin|openai|anthropic ~1 speaking|team|here|of|from|at|and",
        "as ~1 your|the developer|administrator|admin|creator|programmer",
        "authori*ed by openai|anthropic|the developer*",
        "message|note|notice|instruction*|alert|announcement from ~1 the|your ~1 system|developer*|administrator|admin|openai|anthropic|operator",
        "suis|est ~1 ton|votre|le|l ~1 developpeur|administrateur|createur|programmeur",
        "ndi umuyobozi wa sisiteme|sisitemu|system|porogaramu",
        "ndi uwagukoze|umukozi wa openai",
        "mimi ni|ndiye ~1 msanidi|msimamizi|muundaji ~1 wako|wa|mfumo",
    ]),
    (Flag::EvadesApproval, &[
        "skip|bypass|disable|circumvent|override|evade|avoid|ignore ~3 approval*|authori*ation|countersign*|verification|security|safety|safeguard*|moderation|approver*",
        "refund|send|pay|transfer|release|issue|process|approve|execute|give ~7 without ~2 approval|authori*|countersign*|asking|permission",
        "no ~2 approval|authori*ation|countersign* ~1 is ~1 needed|required|necessary",
        "approval|countersign* ~2 not|isn ~1 needed|required|necessary",
        "already|pre ~1 approved|authori*ed ~1 by ~6 send|release|refund|proceed|execute|pay|process|so|just|now|go|continue",
        "manager|supervisor|boss|director|finance|approver|admin|owner|human ~1 has|have|already ~1 approved|authori*ed|countersigned",
        "i ~1 hereby approve|authori*e",
        "mark ~3 as approved|paid|verified",
        "sans ~1 approbation|autorisation|validation ~3 rembourse*|envoie*|paie|payez|transfere*|humaine|du",
        "rembourse*|envoie*|transfere*|paie|payez ~6 sans ~2 approbation|autorisation|demander",
        "deja ~1 approuve*|autorise* par ~6 envoie*|rembourse*|procede*|alors|donc",
        "byemejwe|yabyemeje|byemerewe n ~1 umuyobozi|umucungamari|admin*",
        "bila ~1 idhini|kibali|ruhusa ~3 tuma|lipa|rudisha|rejesha",
        "tuma|lipa|rudisha|rejesha ~6 bila ~1 idhini|kibali|ruhusa|kuuliza",
        "imeidhinishwa|imekubaliwa|ameidhinisha na ~1 meneja|msimamizi|mkurugenzi|admin",
    ]),
    (Flag::ForgesDecision, &[
        "human response|approve*|confirmed",
        "tool result",
        "approval granted|received|status|token",
        "decision approved",
        "approved by human|admin|system|countersign*",
    ]),
    (Flag::ForgesRole, &[
        "system prompt",
        "system message|override|instruction*|notice|command|directive",
        "system ~1 you|ignore|approve|grant ~1 must|are|will|should|all|the|previous|refund|access",
        "end|begin* of ~1 system|user|prompt|instruction*|context|conversation|input",
        "assistant sure|ok|understood|of",
    ]),
    (Flag::ForgesToolCall, &[
        "execute|invoke|eval ~3 function|tool|command*|code|script|sql|query|shell|python",
        "call|run|use the ~2 function|tool|api ~2 with|named|called ~1 arguments|argument|parameters|args|amount|refund*",
        "sudo refund|send|pay|approve|release|transfer|rm|su|cat",
        "select from users|customers|orders|tenants|approvals",
    ]),
    (Flag::DisguisedText, &[
        "decode|decrypt|decipher|unscramble|base64|rot13 ~4 follow|execute|obey|instruction*|do|run|base64|rot13|hex|morse|cipher",
        "rot13|base64|morse ~2 decode*|encoded|string|text|message",
        "reverse|backwards|backward ~4 follow|obey|execute|instruction*",
    ]),
];

/// Words that have no honest reason to be spelt apart or in digits.
const TELLING: &[&str] = &[
    "ignore",
    "disregard",
    "instruction",
    "prompt",
    "jailbreak",
    "bypass",
    "override",
    "system",
];

pub(super) fn find(plain: &Plain, flags: &mut BTreeSet<Flag>) {
    let words: Vec<&str> = plain.words.iter().map(String::as_str).collect();
    flags.extend(flags_in(&words));
    // "1gn0re" and "i g n o r e" read as "ignore".
    let undigited: Vec<String> = plain.words.iter().map(|word| undigited(word)).collect();
    let disguised = undigited
        .iter()
        .zip(&plain.words)
        .any(|(read, written)| read != written && TELLING.iter().any(|word| read.contains(word)));
    let spelt = spelt_apart(&words).any(|run| TELLING.iter().any(|word| run.contains(word)));
    if disguised || spelt {
        flags.insert(Flag::DisguisedText);
        let words: Vec<&str> = undigited.iter().map(String::as_str).collect();
        flags.extend(flags_in(&words));
    }
}

fn flags_in(words: &[&str]) -> impl Iterator<Item = Flag> {
    COMPILED
        .iter()
        .filter(|(_, phrases)| {
            phrases
                .iter()
                .any(|phrase| (0..words.len()).any(|at| matches(phrase, &words[at..])))
        })
        .map(|(flag, _)| *flag)
}

/// One element of a phrase.
enum Element {
    /// One of these words.
    Word(Vec<Form>),
    /// Up to so many words.
    Gap(usize),
    /// None of these words, or the end.
    Not(Vec<Form>),
}

/// A word, whole or by its beginning and its end: `authori*ed`.
struct Form {
    begins: &'static str,
    ends: Option<&'static str>,
}

impl Form {
    fn fits(&self, word: &str) -> bool {
        match self.ends {
            None => word == self.begins,
            Some(ends) => word
                .strip_prefix(self.begins)
                .is_some_and(|rest| rest.ends_with(ends)),
        }
    }
}

static COMPILED: LazyLock<Vec<(Flag, Vec<Vec<Element>>)>> = LazyLock::new(|| {
    let compile = |phrase: &'static str| phrase.split(' ').map(element).collect();
    PHRASES
        .iter()
        .map(|(flag, phrases)| (*flag, phrases.iter().copied().map(compile).collect()))
        .collect()
});

fn element(text: &'static str) -> Element {
    let forms = |text: &'static str| {
        let form = |word: &'static str| match word.split_once('*') {
            Some((begins, ends)) => Form {
                begins,
                ends: Some(ends),
            },
            None => Form {
                begins: word,
                ends: None,
            },
        };
        text.split('|').map(form).collect()
    };
    if let Some(count) = text.strip_prefix('~') {
        Element::Gap(count.parse().unwrap_or_default())
    } else if let Some(words) = text.strip_prefix('!') {
        Element::Not(forms(words))
    } else {
        Element::Word(forms(text))
    }
}

/// Whether the phrase begins with the first of `words`.
fn matches(phrase: &[Element], words: &[&str]) -> bool {
    let is_one = |forms: &[Form]| {
        words
            .first()
            .is_some_and(|word| forms.iter().any(|form| form.fits(word)))
    };
    match phrase {
        [] => true,
        [Element::Word(forms), rest @ ..] => is_one(forms) && matches(rest, &words[1..]),
        [Element::Not(forms), rest @ ..] => !is_one(forms) && matches(rest, words),
        [Element::Gap(most), rest @ ..] => {
            (0..=*most.min(&words.len())).any(|skipped| matches(rest, &words[skipped..]))
        }
    }
}

/// With letters for the digits that look like them, if it has both.
fn undigited(word: &str) -> String {
    if !word.contains(|c: char| c.is_ascii_digit()) || !word.contains(char::is_alphabetic) {
        return word.to_owned();
    }
    word.chars()
        .map(|c| match c {
            '0' => 'o',
            '1' => 'i',
            '3' => 'e',
            '4' => 'a',
            '5' => 's',
            '7' => 't',
            _ => c,
        })
        .collect()
}

/// Single letters in a row, put together.
fn spelt_apart(words: &[&str]) -> impl Iterator<Item = String> {
    words
        .split(|word| word.chars().count() > 1)
        .filter(|run| run.len() >= 5)
        .map(|run| run.concat())
}
