use super::*;

/// Redacts for nobody; whatever comes out must stay as it is when redacted again.
fn check(text: &str, expected: &str) {
    check_for(&Own::nothing(), text, expected);
}

fn check_for(own: &Own, text: &str, expected: &str) {
    let redacted = redact(text, own);
    assert_eq!(redacted.text, expected, "{text:?}");
    assert_eq!(redacted.found.is_empty(), text == expected, "{text:?}");
    assert_eq!(redact(expected, own).text, expected, "again: {text:?}");
}

fn untouched(texts: &[&str]) {
    for text in texts {
        check(text, text);
    }
}

#[test]
fn o10_phone_numbers_as_people_write_them() {
    for phone in [
        "+250788123456",
        "+250 788 123 456",
        "+250-788-123-456",
        "+250 (0) 788 123 456",
        "+250 (788) 123-456",
        "+ 250 788 123 456",
        "(+250) 788 123 456",
        "00250788123456",
        "00 250 788 123 456",
        "250788123456",
        "250 788 123 456",
        "0788123456",
        "0788 123 456",
        "0788-123-456",
        "0788.123.456",
        "(0788) 123 456",
        "07 88 12 34 56",
        "078 812 3456",
        "788123456",
        "788 123 456",
        "0252 588 888",
        "+1 (415) 555-2671",
        "415-555-2671",
        "(415) 555-2671",
        "+44 20 7946 0958",
        "+33 6 12 34 56 78",
        "06 12 34 56 78",
        "+49 151 23456789",
        "254712345678",
        "0712 345 678",
        "+256 772 123 456",
        "+8613812345678",
        "+250\u{a0}788\u{a0}123\u{a0}456",
        "+250\u{2011}788\u{2011}123\u{2011}456",
        "07\u{200b}88\u{200b}12\u{200b}34\u{200b}56",
        "٠٧٨٨١٢٣٤٥٦",
        "０７８８１２３４５６",
        "＋２５０ ７８８ １２３ ４５６",
        "0️⃣7️⃣8️⃣8️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣",
        "⓪⑦⑧⑧①②③④⑤⑥",
    ] {
        let found = redact(phone, &Own::nothing());
        let bare = found.text.replace(['(', ')'], "");
        assert_eq!(bare, "[phone]", "{phone:?} became {:?}", found.text);
        let sentence = format!("Jean is at {phone}, from 8.");
        let found = redact(&sentence, &Own::nothing());
        assert_eq!(
            found.found.phones, 1,
            "{sentence:?} became {:?}",
            found.text
        );
        let bare = found.text.replace(['(', ')'], "");
        assert_eq!(bare, "Jean is at [phone], from 8.", "{sentence:?}");
    }
}

#[test]
fn o10_phone_numbers_among_other_words() {
    check("call me on 5552671", "call me on [phone]");
    check("WhatsApp: 555 2671", "WhatsApp: [phone]");
    check("tel:0788123456", "tel:[phone]");
    check("Tel0788123456", "Tel[phone]");
    check("appelez le 25 55 12 34", "appelez le [phone]");
    check("simu yangu ni 612345678", "simu yangu ni [phone]");
    check("hamagara kuri 555 2671", "hamagara kuri [phone]");
    check("0788123456/0722123456", "[phone]/[phone]");
    check("0788123456, 0722123456", "[phone], [phone]");
    check("0788123456\n0722123456", "[phone]\n[phone]");
    check("0788 123 456 2 bags", "[phone] 2 bags");
    check("2 for 0788123456", "2 for [phone]");
    check("+250788123456please", "[phone]please");
    check("https://wa.me/250788123456", "https://wa.me/[phone]");
    check(
        "https://api.whatsapp.com/send?phone=250788123456&text=hi",
        "https://api.whatsapp.com/send?phone=[phone]&text=hi",
    );
    // A word for a phone inside a marker says nothing of the next number.
    check("0788123456 5552671", "[phone] 5552671");
}

#[test]
fn o10_email_addresses() {
    check("write to jean@example.com.", "write to [email].");
    check("JEAN.D+shop@mail.example.co.rw", "[email]");
    check("<a_b-c@x-y.org>", "<[email]>");
    check("mailto:jean@example.com", "mailto:[email]");
    check(
        "jean＠example。com or jean＠example.com",
        "jean＠example。com or [email]",
    );
    check("jean\u{200b}@exam\u{200b}ple.com", "[email]");
    check("mukamana.agnès@éxample.fr", "[email]");
    check(
        "https://x.rw/?email=jean@example.com",
        "https://x.rw/?email=[email]",
    );
    check("a@b.rw,c@d.rw;e@f.rw", "[email],[email];[email]");
    check("a@b.rw@c.rw", "[email]@c.rw");
    untouched(&[
        "@shop",
        "follow @kigali.coffee",
        "2 bags @ 500",
        "see you @ the cafe.",
        "user@localhost",
        "5@2.50",
        "@",
        "a@",
        "a@.",
    ]);
}

#[test]
fn o10_payment_cards() {
    for card in [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111.1111.1111.1111",
        "4111/1111/1111/1111",
        "4111\u{a0}1111\u{a0}1111\u{a0}1111",
        "4111\n1111\n1111\n1111",
        "4111, 1111, 1111, 1111",
        "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "4-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1",
        "4111 1111 11111111",
        "４１１１１１１１１１１１１１１１",
        "4111\u{200b}1111\u{200b}1111\u{200b}1111",
        "3782 822463 10005",
        "371449635398431",
        "30569309025904",
        "6011111111111117",
        "5555 5555 5555 4444",
        "2223 0031 2200 3222",
        "3530111333300000",
        "6205 5000 0000 0000 004",
        "4222222222222",
        // Of no known network.
        "7992739871300008",
        "7992 7398 7130 0008",
        "79-92 73-98 71-30 00-08",
    ] {
        check(card, "[card]");
        check(&format!("card {card} exp 12/27"), "card [card] exp 12/27");
    }
    check("2 4111111111111111 3", "2 [card] 3");
    check("5 7992 7398 7130 0008 4", "5 [card] 4");
    // What looks like a date, in the middle or at the end, is none.
    check("41211201-12-11-2026", "[card]");
    check("4-12-11-2026-5557779", "[card]");
    // What is left when the phone is out stands alone.
    check("79-92-73-98-71-30-00-08 +250788123456", "[card] [phone]");
    check("https://x.rw/?c=4111111111111111", "https://x.rw/?c=[card]");
    check("card4111111111111111", "card[card]");
    untouched(&["4111111111111112", "4111 1111 1111 1112"]);
}

#[test]
fn o10_national_ids_and_passports() {
    check("1199080012345012", "[id]");
    check("ID 1 1990 8 0012345 0 12", "ID [id]");
    check("indangamuntu: 1199570012345012", "indangamuntu: [id]");
    check("2 2001 7 0012345 0 12", "[id]");
    check("19900101-12345-00001-23", "[id]");
    check("8001015009087", "[id]");
    check("1 85 05 78 006 084 91", "[id]");
    check("078-05-1120", "[id]");
    check("CM90012345ABCD", "[id]");
    check("passport no. PC123456", "passport no. [id]");
    check("my id is 12345678", "my id is [id]");
    check("kitambulisho namba 12345678", "kitambulisho namba [id]");
    check("carte d’identité 12345678", "carte d’identité [id]");
    untouched(&["the order id is 12345678", "id 12345678", "000-12-3456"]);
}

#[test]
fn o10_bank_accounts() {
    check("GB29NWBK60161331926819", "[account]");
    check(
        "IBAN GB29 NWBK 6016 1331 9268 19 please",
        "IBAN [account] please",
    );
    check("de89370400440532013000", "[account]");
    check("FR14 2004 1010 0505 0001 3M02 606", "[account]");
    check("NO9386011117947", "[account]");
    untouched(&["GB28NWBK60161331926819"]);
}

#[test]
fn o10_what_is_no_personal_data_stays() {
    untouched(&[
        "stock ABC123",
        "SOL-2010 and SOL-2011-XL",
        "SKU0788123456",
        "SKU 0788123456",
        "INV-0788123456",
        "order 1234567",
        "order number is 0788123456",
        "order #10023456",
        "#0788123456",
        "commande n° 0788123456",
        "ISBN 0306406152",
        "10 bags of 25 kg",
        "12, 450, 300, 20, 15",
        "10 20 30 40 50 60 70",
        "RWF 1,250,000.00",
        "788 123 456 RWF",
        "1 250 000 Frw",
        "250 000 000 francs",
        "$1,234,567.89",
        "€ 788123456",
        "+5 units, +1000000 RWF, +250 000 more",
        "2026-11-21",
        "2026-11-21 14:30:05",
        "21/11/2026 to 28/11/2026",
        "21.11.2026 - 28.11.2026",
        "30/01/2026 14:30",
        "from 08:00 to 17:30",
        "2026-11-21T14:30:05Z",
        "20261121",
        "out_0190a5b2c3d4e5f60718293a4b5c6d7e",
        "th_01234567890123456789012345678901",
        "12345678-1234-1234-1234-123456789012",
        "123e4567-e89b-12d3-a456-426614174000",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "a4111111111111111a0b1c2d3e4f5a6b",
        "https://shop.rw/p/0788123456",
        "https://shop.rw/orders/1234567890128?page=2",
        "www.shop.rw/0788123456",
        "shop.rw/catalogue/788123456",
        "version 1.0.26100.4652",
        "192.168.100.200",
        "-1.9440727, 30.0618851",
        "0.0788123456",
        "3.14159265358979",
        "the code is 123456",
        "room 204, floor 3, block 12",
        "98 % of 1,000,000 views",
        "tracking 250788123456",
        "Last 5 transactions: 50 000, 25 000, 12 500, 100 000, 75 000",
        "4000, 4500, 5000, 5500",
        "Ref: TXN-20261121-000123",
        "order 7992739871300008",
        "IMEI 490154203237518",
        "Meter number 04123456789",
        "",
        "Muraho neza",
    ]);
}

#[test]
fn o10_what_is_the_addressees_own_stays() {
    let own = Own::nothing()
        .and_phone(&"+250788123456".parse().unwrap())
        .and_email("Jean@Example.com");
    let stays = |text: &str| check_for(&own, text, text);
    stays("+250 788 123 456");
    stays("0788 123 456");
    stays("00250788123456");
    stays("250788123456");
    stays("788-123-456");
    stays("https://wa.me/250788123456");
    stays("JEAN@example.COM");
    check_for(
        &own,
        "you 0788123456, she 0788123457",
        "you 0788123456, she [phone]",
    );
    check_for(&own, "jean@example.com.rw", "[email]");
    // The end of a number is not the number.
    check_for(&own, "call 8123456", "call [phone]");
}

#[test]
fn o10_what_was_found_is_counted() {
    let text =
        "a@b.rw, c@d.rw, 0788123456, 4111111111111111, 1199080012345012, GB29NWBK60161331926819";
    let expected = Found {
        phones: 1,
        emails: 2,
        cards: 1,
        ids: 1,
        accounts: 1,
    };
    assert_eq!(redact(text, &Own::nothing()).found, expected);
}
