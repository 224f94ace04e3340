//! Asking for stock.

use super::*;

#[test]
fn c2_stock_by_sku() {
    for text in [
        "ABC123",
        "abc123",
        " ABC123?? ",
        "hi ABC123",
        "ABC123 please",
        "check ABC123",
        "ABC123 how many left?",
        "what stock do we have of ABC123",
        "confirm if ABC123 is available",
        "kindly assist me with the stock level for ABC123",
        "stock ya ABC123",
        "stock for sku ABC123",
        "I meant ABC123",
        "stock ABC123",
        "STOCK ABC123!!!",
        "Stock of ABC123",
        "stock for abc123?",
        "stock, ABC123",
        "stock: *ABC123*",
        "stock - ABC123",
        "/stock ABC123",
        "abc123 stock",
        "ABC123 stock level",
        "ABC123 in stock?",
        "ABC123 left?",
        "inventory ABC123",
        "stock level for ABC123",
        "qty ABC123",
        "sku ABC123",
        "stock of widget ABC123",
        "hi, please can you show me stock for ABC123 thanks",
        "Good morning boss, kindly check stock of ABC123 for me. Thank you very much \u{1f64f}",
        "what is the stock of ABC123",
        "what's the current stock level of ABC123?",
        "How many ABC123 do we have in stock?",
        "how many units of ABC123 are left",
        "how much ABC123 do we have",
        "do you have ABC123?",
        "is ABC123 in stock?",
        "is ABC123 available",
        "are there any ABC123 left",
        "any ABC123 left?",
        "check if we have ABC123 in the store",
        "i want to know the stock for ABC123 asap",
        "where is ABC123",
        "availability of ABC123",
        "\u{1f4e6} stock ABC123 \u{1f4e6}",
        "st\u{200b}ock ABC123",
        "hello\n\nstock\nABC123\n\nthanks",
    ] {
        check(text, sku("ABC123"));
    }
    check("sol-2010", sku("SOL-2010"));
}

#[test]
fn c2_stock_by_name() {
    for text in [
        "stock of widgets",
        "stock widgets",
        "stock for product widgets",
        "do we have enough widgets",
        "is there still widgets left in the store?",
        "stock for the widgets please",
        "widgets stock",
        "how many widgets do we have",
        "How many widgets do we have in stock?",
        "how many widgets do we have left in the warehouse?",
        "how many boxes of widgets do you have",
        "how many widgets are left",
        "how many widgets are in store",
        "how many widgets left?",
        "how many widgets have we got",
        "how many widgets",
        "how many of the widgets do we have",
        "how much stock of widgets do we have",
        "do you have any widgets?",
        "do you have widgets",
        "do we still have widgets",
        "have you got any widgets",
        "is there any widgets left",
        "are there widgets?",
        "any widgets left?",
        "are the widgets in stock",
        "are widgets available?",
        "what is our stock of widgets",
        "whats the stock level for widgets",
        "please check stock of widgets now",
        "check if we have widgets",
        "kindly let me know the stock level of widgets",
        "can you tell me how many widgets we have",
        "widgets in stock?",
        "inventory of widgets",
    ] {
        check(text, named("widgets"));
    }
    check("How much Unga ya Ngano do we have?", named("Unga ya Ngano"));
    check("is there sugar?", named("sugar"));
    check("do you have 100W solar panels", named("100W solar panels"));
    check("how many bags of cement do we have", named("cement"));
    check("how many 2 inch nails do we have", named("2 inch nails"));
    check(
        "how many left hand gloves do we have left",
        named("left hand gloves"),
    );
    check(
        "stock of caf\u{e9} cr\u{e8}me",
        named("caf\u{e9} cr\u{e8}me"),
    );
    check(
        "stock of \u{6a9}\u{62a}\u{627}\u{628}",
        named("\u{6a9}\u{62a}\u{627}\u{628}"),
    );
}

#[test]
fn c4_a_missing_product_is_asked_for() {
    for text in [
        "stock",
        "Stock?",
        "inventory",
        "check stock",
        "check the stock please",
        "stock levels",
        "our stock",
        "what do we have in stock?",
        "how much stock do we have",
        "what's in stock",
        "show me the inventory",
        "hi, can you check stock for me",
    ] {
        check_missing(text, Intent::CheckInventory, Entity::Product);
    }
    assert_eq!(
        Entity::Product.question(),
        "Which product? Send its SKU, such as ABC123, or its name."
    );
}
