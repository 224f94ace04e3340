//! Which products a customer's words mean.

use countersign_aws::business::Product;

/// The products whose names have every word of `asked`, best match first. A word may be a plural,
/// the beginning of a longer one, or have a typing error when it has five letters or more.
pub fn matching(products: Vec<Product>, asked: &str) -> Vec<Product> {
    let asked = words(asked);
    if asked.is_empty() {
        return Vec::new();
    }
    let mut scored: Vec<(u32, Product)> = products
        .into_iter()
        .filter_map(|product| Some((score(&asked, &product.name)?, product)))
        .collect();
    scored.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| x.name.cmp(&y.name)));
    // Whoever names a product in full means that one, not those that begin the same.
    let best = scored.first().map_or(0, |(best, _)| *best);
    let whole = asked.len() as u32 * EXACT + WHOLE;
    scored
        .into_iter()
        .filter(|(score, _)| best < whole || *score >= whole)
        .map(|(_, product)| product)
        .collect()
}

const EXACT: u32 = 4;
const BEGINS: u32 = 2;
const SIMILAR: u32 = 1;
const WHOLE: u32 = 1000;

fn score(asked: &[String], name: &str) -> Option<u32> {
    let name = words(name);
    let sum = asked
        .iter()
        .map(|word| name.iter().filter_map(|other| alike(word, other)).max())
        .sum::<Option<u32>>()?;
    let names_all = name.len() == asked.len() && sum == asked.len() as u32 * EXACT;
    Some(if names_all { sum + WHOLE } else { sum })
}

fn alike(asked: &str, word: &str) -> Option<u32> {
    if asked == word {
        Some(EXACT)
    } else if asked.len() >= 3 && word.starts_with(asked) {
        Some(BEGINS)
    } else if asked.chars().count() >= 5 && strsim::osa_distance(asked, word) <= 1 {
        Some(SIMILAR)
    } else {
        None
    }
}

fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(singular)
        .collect()
}

fn singular(word: &str) -> String {
    let stem = word
        .strip_suffix("xes")
        .map(|stem| format!("{stem}x"))
        .or_else(|| {
            word.strip_suffix('s')
                .filter(|stem| stem.len() >= 3 && !stem.ends_with('s'))
                .map(str::to_owned)
        });
    stem.unwrap_or_else(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(asked: &str, expect: &[&str]) {
        let products = [
            "Blue widget 40 mm",
            "Red widget 25 mm",
            "Solar lantern",
            "Solar lantern, large",
            "Storage box 20 l",
            "Brass hinge",
        ]
        .iter()
        .map(|name| Product {
            sku: "ABC123".parse().unwrap(),
            name: (*name).to_owned(),
            unit: "piece".to_owned(),
            stock: vec![],
            reorder_point: 1,
            price: "1".parse().unwrap(),
            supplier: "s".to_owned(),
            lead_time_days: 1,
            daily_use: None,
            safety_stock: None,
            last_reorder: None,
            updated_at: None,
        })
        .collect();
        let found: Vec<String> = matching(products, asked)
            .into_iter()
            .map(|product| product.name)
            .collect();
        assert_eq!(found, expect, "{asked}");
    }

    #[test]
    fn c3_a_product_is_found_by_the_words_people_use() {
        check("widgets", &["Blue widget 40 mm", "Red widget 25 mm"]);
        check("Blue Widgets", &["Blue widget 40 mm"]);
        check("widget 25mm", &[]);
        check("25 mm widget", &["Red widget 25 mm"]);
        check("boxes", &["Storage box 20 l"]);
        check("lanturn", &["Solar lantern", "Solar lantern, large"]);
        check("lant", &["Solar lantern", "Solar lantern, large"]);
        check("brass", &["Brass hinge"]);
    }

    #[test]
    fn c3_a_full_name_means_that_product() {
        check("solar lantern", &["Solar lantern"]);
        check("solar lanterns large", &["Solar lantern, large"]);
    }

    #[test]
    fn c3_what_is_not_there_is_not_found() {
        check("bicycle", &[]);
        check("", &[]);
        check("!!!", &[]);
        check("blue lantern", &[]);
    }
}
