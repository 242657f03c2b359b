//! What is equal to a reader gives equal shingles, in every script; what is not does not.

use newsfold::shingle;
use newsfold::text::Story;

/// Spellings that a reader takes for one, by script.
const EQUAL: &[(&str, &[&[&str]])] = &[
    (
        "Latin",
        &[
            &["Full width", "Ｆｕｌｌ　ｗｉｄｔｈ", "FULL WIDTH", "𝐅𝐮𝐥𝐥 𝘸𝘪𝘥𝘵𝘩"],
            &[
                "a cooperative effort",
                "a co\u{AD}op\u{AD}erative ef\u{AD}fort",
                "a coop\u{200B}erative\u{FEFF} ef\u{2060}fort",
            ],
            &["fishing off Flåm", "ﬁshing oﬀ Flåm", "fishing off Fla\u{30A}m"],
            &[
                "don't, won't",
                "don’t, won’t",
                "don‘t, won‛t",
                "don´t, won′t",
                "donʼt, wonʻt",
                "don＇t, won＇t",
                "DON'T, WON'T",
            ],
            &[
                "He called it “frank”.",
                "He called it \"frank\".",
                "He called it «frank».",
                "He called it 'frank'.",
                "He called it ‘frank’.",
                "He called it „frank“.",
            ],
            &[
                "talks—in Geneva…",
                "talks - in Geneva...",
                "talks – in Geneva",
                "talks\u{A0}--\u{202F}in\u{2009}Geneva!",
            ],
            &["10–12 May", "10-12 May", "10‑12 May", "10\u{A0}−\u{A0}12 May"],
            &["Apple pays $1,000", "Apple™ pays ＄１，０００", "Apple\u{FE0F} pays $1,000"],
            &["goal in minute 90", "goal ⚽ in minute 9\u{FE0F}\u{20E3}0\u{FE0F}\u{20E3} 👏🏽👨‍👩‍👧🇩🇪", "goal in minute ⑨⓪"],
            &["H2O and m2", "H₂O and m²"],
            &["\u{200E}left\u{200F} to \u{202A}right\u{202C}", "left to right"],
        ],
    ),
    (
        "Latin with marks",
        &[
            &["café crème, Noël", "cafe\u{301} cre\u{300}me, Noe\u{308}l", "CAFÉ CRÈME, NOËL"],
            &[
                "Việt Nam",
                "Vie\u{302}\u{323}t Nam",
                "Vie\u{323}\u{302}t Nam",
                "Viê\u{323}t Nam",
                "Viẹ\u{302}t Nam",
                "VIỆT NAM",
            ],
            &["Straße in Gießen", "STRASSE IN GIESSEN", "Strasse in Giessen", "STRAẞE IN GIEẞEN"],
            &[
                "İstanbul'da ışık",
                "ISTANBUL'DA IŞIK",
                "istanbul’da ışık",
                "I\u{307}stanbul'da is\u{327}ik",
                "İSTANBUL'DA IŞIK",
            ],
            &[
                "București și Timișoara, toți",
                "Bucureşti şi Timişoara, toţi",
                "Bucures\u{326}ti s\u{326}i Timis\u{327}oara, tot\u{326}i",
            ],
            &["col·legi", "coŀlegi", "COL·LEGI"],
            &["Dijk bij ijs", "Dĳk bĳ ĳs"],
            &["Łódź, dźwięk", "ŁÓDŹ, DŹWIĘK", "Ło\u{301}dz\u{301}, dz\u{301}wie\u{328}k"],
        ],
    ),
    (
        "Greek",
        &[
            &[
                "Ο Σίσυφος στην Αθήνα",
                "Ο ΣΙΣΥΦΟΣ ΣΤΗΝ ΑΘΗΝΑ",
                "ο σίσυφος στην αθήνα",
                "Ο Σι\u{301}συφος στην Αθη\u{301}να",
                "Ὁ Σίσυφος στὴν Ἀθήνα",
            ],
            &["προϊόν", "ΠΡΟΪΟΝ", "προι\u{308}ο\u{301}ν"],
        ],
    ),
    (
        "Cyrillic",
        &[
            &["Ещё всё ёлки", "Еще все елки", "ЕЩЁ ВСЁ ЁЛКИ", "Еще\u{308} все\u{308} е\u{308}лки"],
            &["Чайковский и йод", "Чаи\u{306}ковскии\u{306} и и\u{306}од", "ЧАЙКОВСКИЙ И ЙОД"],
            &["замок на замке", "за\u{301}мок на замке\u{301}"],
            &["м'ята, об'єкт", "м’ята, об’єкт", "мʼята, обʼєкт"],
            &["Школа № 5", "Школа №5", "Школа №\u{A0}5"],
            &["«Газпром» — газ", "“Газпром” - газ", "\"Газпром\" – газ", "„Газпром“ газ"],
        ],
    ),
    (
        "Arabic",
        &[
            &["محمد رسول", "مُحَمَّد رَسُول", "مـحـمـد رســـول", "ﻣﺤﻤﺪ ﺭﺳﻮﻝ", "م\u{200F}حمد ر\u{200D}سول"],
            &["الإيرانية أكدت آخر اتفاق", "الايرانية اكدت اخر اتفاق", "الا\u{655}يرانية ا\u{654}كدت ا\u{653}خر ٱتفاق"],
            &["لا الأولى", "ﻻ ﺍﻷﻭﻟﻰ", "لا الاولى", "لا\u{64E} الأولىٰ"],
            &["في القاهرة التي", "فى القاهرة التى", "فی القاهرة التی"],
            &["عام ٢٠٢٥ وبنسبة ١٢٫٥", "عام 2025 وبنسبة 12.5", "عام ۲۰۲۵ وبنسبة ۱۲٫۵"],
            &["مليون (1,500,000) دولار", "مليون (١٬٥٠٠٬٠٠٠) دولار"],
            &["الوزير، الرئيس؛ المجلس؟", "الوزير , الرئيس ; المجلس ?", "«الوزير» – الرئيس … المجلس"],
        ],
    ),
    (
        "Persian and Urdu",
        &[
            &["گفت‌وگوی ایران می‌شود", "گفت‌وگوي ايران مي‌شود", "گفتوگوی ایران میشود"],
            &["کتاب و کشور", "كتاب و كشور", "ﮐﺘﺎﺏ ﻭ ﮐﺸﻮﺭ"],
            &["خانهٔ ما", "خانۀ ما", "خانه ما"],
            &["۱۴۰۳ هجری", "1403 هجری", "١٤٠٣ هجري"],
            &["یہ کہا", "يه كها"],
        ],
    ),
    (
        "Hebrew",
        &[
            &["שלום עליכם", "שָׁלוֹם עֲלֵיכֶם", "שׁלום עליכם", "\u{200F}שלום\u{200F} עליכם"],
            &["צה\"ל וארה\"ב", "צה״ל וארה״ב", "צה”ל וארה“ב", "צה„ל וארה‟ב"],
            &["בן-גוריון", "בן־גוריון", "בן–גוריון"],
            &["רח' הרצל", "רח׳ הרצל", "רח’ הרצל"],
            &["'שלום' אמר", "\"שלום\" אמר", "“שלום” אמר", "שלום אמר", "‘שלום’ אמר"],
        ],
    ),
    (
        "Hindi",
        &[
            &["लड़ाई और पढ़ाई", "लड\u{93C}ाई और पढ\u{93C}ाई", "लड\u{200C}\u{93C}ाई और पढ़ाई"],
            &["ज़रूरी फ़ैसला क़ानून", "ज\u{93C}रूरी फ\u{93C}ैसला क\u{93C}ानून"],
            &["क्षेत्र में शक्ति", "क्\u{200D}षेत्र में शक्\u{200C}ति"],
            &["साल २०२५ में १२ लोग", "साल 2025 में 12 लोग"],
            &["प्रधानमंत्री ने कहा।", "‘प्रधानमंत्री’ ने “कहा”", "प्रधानमंत्री ने कहा |"],
            &["दुर्घटना", "दु\u{200B}र्घटना", "दु\u{AD}र्घटना"],
        ],
    ),
    (
        "other scripts of India",
        &[
            &["কোটি টাকা ১২", "ক\u{9C7}\u{9BE}টি টাকা 12"],
            &["பொருள் கௌரவம்", "ப\u{BC6}\u{BBE}ருள் க\u{BC6}\u{BD7}ரவம்"],
            &["ਲੜਾਈ ਖ਼ਬਰ", "ਲੜਾਈ ਖ\u{A3C}ਬਰ"],
            &["ഹൈക്കോടതി", "ഹ\u{D48}ക\u{D4D}ക\u{D47}\u{D3E}ടതി"],
        ],
    ),
    (
        "Chinese",
        &[
            &[
                "2025年，伊朗与欧洲三国会谈。",
                "２０２５年，伊朗与欧洲三国会谈。",
                "2025年, 伊朗与欧洲三国会谈.",
                "2025 年　伊朗与欧洲三国会谈",
                "2025\n年，伊朗\u{200B}与欧洲三国会谈",
            ],
            &["“日内瓦”会谈", "「日内瓦」会谈", "『日内瓦』会谈", "《日内瓦》会谈", "\"日内瓦\"会谈", "〝日内瓦〞会谈"],
            &["约翰·史密斯", "约翰・史密斯", "约翰•史密斯", "约翰‧史密斯", "约翰 史密斯", "约翰．史密斯"],
            &["苹果 CEO：库克", "苹果CEO: 库克", "苹果ＣＥＯ：库克"],
            &["iPhone：Apple", "iPhone: Apple", "ｉＰｈｏｎｅ：Ａｐｐｌｅ"],
            &["增长5.2％", "增长５．２%", "增长5.2%"],
            &["⼀⼆三", "一二三", "一\u{FE00}二三"],
            &["更樂", "更樂"],
        ],
    ),
    (
        "Japanese",
        &[
            &["トヨタ自動車ガソリン", "ﾄﾖﾀ自動車ｶﾞｿﾘﾝ", "トヨタ自動車カ\u{3099}ソリン"],
            &["コンピューターサーバー", "ｺﾝﾋﾟｭｰﾀｰｻｰﾊﾞｰ", "コンヒ\u{309A}ューターサーハ\u{3099}ー"],
            &["がんばる、ぱりで", "か\u{3099}んは\u{3099}る、は\u{309A}りて\u{3099}"],
            &["会談（東京）で、首相は", "会談(東京)で, 首相は", "会談　（東京）　で　首相は", "会談【東京】で・首相は"],
            &["１２月３日", "12月3日", "⑫月③日"],
            &["ジョン・スミス氏", "ｼﾞｮﾝ･ｽﾐｽ氏", "ジョン スミス氏"],
            &["㈱トヨタ", "(株)トヨタ", "（株）ﾄﾖﾀ"],
        ],
    ),
    (
        "Thai",
        &[
            &["น้ำท่วมกรุงเทพ", "นํ้าท่วมกรุงเทพ", "น\u{E49}\u{E4D}าท่วมกรุงเทพ", "น้ำ\u{200B}ท่วม\u{200B}กรุงเทพ", "น้ำท่วม กรุงเทพ"],
            &["การทำงานแห่งชาติ", "การทํางานเเห่งชาติ", "การท\u{E33}งานแห\u{E48}งชาติ"],
            &["ที่นี่", "ท\u{E48}\u{E35}น\u{E48}\u{E35}"],
            &["ปี ๒๕๖๘", "ปี 2568"],
        ],
    ),
    (
        "Lao, Khmer, Burmese",
        &[
            &["ນ້ຳແຫ່ງ", "ນ\u{EC9}\u{ECD}າເເຫ່ງ", "ນ\u{ECD}\u{EC9}າແຫ່ງ", "ນ້ຳ\u{200B}ແຫ່ງ"],
            &["ຫນຶ່ງ", "ໜຶ່ງ"],
            &["រដ្ឋាភិបាល កម្ពុជា", "រដ្ឋា\u{200B}ភិបាល\u{200B}កម្ពុជា"],
            &["ဦးဝင်း ၂၀၂၅", "ဥ\u{102E}းဝင်း 2025", "ဦး\u{200B}ဝင်း ၂၀၂၅"],
        ],
    ),
    (
        "Korean",
        &[
            &[
                "서울에서 한미 회담",
                "\u{1109}\u{1165}\u{110B}\u{116E}\u{11AF}\u{110B}\u{1166}\u{1109}\u{1165} \u{1112}\u{1161}\u{11AB}\u{1106}\u{1175} \u{1112}\u{116C}\u{1103}\u{1161}\u{11B7}",
            ],
            &["ㅋㅋㅋ ㅏㅣ", "ﾻﾻﾻ ￂￜ"],
            &["한·미 정상", "한ㆍ미 정상"],
            &["'윤 대통령' \"회담\"", "‘윤 대통령’ “회담”", "「윤 대통령」 『회담』", "윤 대통령 회담"],
        ],
    ),
    (
        "other scripts",
        &[
            &["ᲡᲐᲥᲐᲠᲗᲕᲔᲚᲝ", "საქართველო"],
            &["ՀԱՅԱՍՏԱՆ եւ Երևան", "Հայաստան և Երեւան"],
            &["ኢትዮጵያ አዲስ", "ኢትዮጵያ፡አዲስ", "ኢትዮጵያ\u{200B} አዲስ"],
        ],
    ),
];

/// Spellings that a careful reader tells apart, by script.
const DIFFERENT: &[(&str, &[(&str, &str)])] = &[
    (
        "Latin",
        &[
            ("résumé", "resume"),
            ("für", "fur"),
            ("für", "fuer"),
            ("señal", "senal"),
            ("its", "it's"),
            ("1,000", "1.000"),
            ("re-sign", "resign"),
            ("Æther", "Aether"),
        ],
    ),
    ("Greek", &[("παϊδια", "παιδια"), ("ώμος", "όμως")]),
    ("Cyrillic", &[("мой", "мои"), ("ґрати", "грати"), ("їсти", "істи"), ("ѓон", "гон"), ("мир", "міръ")]),
    ("Arabic", &[("سئل", "سيل"), ("رؤية", "روية"), ("مدرسة", "مدرسه"), ("قلب", "كلب"), ("ضل", "ظل")]),
    ("Persian and Urdu", &[("گل", "كل"), ("پدر", "بدر"), ("کھا", "کہا"), ("ٹال", "تال")]),
    ("Hebrew", &[("צה\"ל", "צהל"), ("שלום", "שלומ")]),
    ("Hindi", &[("सजा", "सज़ा"), ("पढ़", "पढ"), ("कि", "की"), ("दिन", "दीन"), ("हंस", "हँस")]),
    ("Chinese", &[("伊朗", "伊郎"), ("后", "後"), ("一月", "二月"), ("零", "〇")]),
    (
        "Japanese",
        &[
            ("はし", "ばし"),
            ("きよう", "きょう"),
            ("人々", "人人"),
            ("コンピュータ", "コンピューター"),
            ("かな", "カナ"),
        ],
    ),
    ("Thai", &[("ใกล้", "ไกล"), ("มา", "ม้า"), ("เแ", "แเ")]),
    ("Korean", &[("대통령", "대동령"), ("회담", "회답"), ("한미", "한 미")]),
];

fn shingles(text: &str, width: usize) -> Vec<u64> {
    let (mut story, mut shingles) = (Story::default(), Vec::new());
    story.read("", text);
    shingle::shingles(story.words(), width, &mut shingles);
    shingles
}

/// The text by itself and among others of several scripts.
fn places(text: &str) -> [String; 3] {
    [text.to_owned(), format!("before {text} after"), format!("ก่อน 前 {text}\n{text}. Да, नहीं")]
}

#[test]
fn equal_to_a_reader_is_equal() {
    for (script, rows) in EQUAL {
        for forms in *rows {
            for (form, width) in forms.iter().flat_map(|form| [1, 2, 5].map(|width| (form, width))) {
                for (one, other) in places(forms[0]).iter().zip(&places(form)) {
                    assert_eq!(shingles(one, width), shingles(other, width), "{script}: {one:?} {other:?}");
                    assert!(!shingles(one, width).is_empty());
                }
            }
        }
    }
}

#[test]
fn different_to_a_reader_is_different() {
    for (script, rows) in DIFFERENT {
        for (one, other) in *rows {
            assert_ne!(shingles(one, 1), shingles(other, 1), "{script}: {one:?} {other:?}");
        }
    }
}

#[test]
fn every_form_of_unicode_is_one() {
    use unicode_normalization::UnicodeNormalization;
    for text in EQUAL.iter().flat_map(|(_, rows)| rows.iter().flat_map(|forms| forms.iter())) {
        let forms: [String; 4] =
            [text.nfc().collect(), text.nfd().collect(), text.nfkc().collect(), text.nfkd().collect()];
        for form in &forms[..2] {
            assert_eq!(shingles(text, 1), shingles(form, 1), "{text:?} {form:?}");
        }
        // A sign that is read as a break may have letters for its compatibility form.
        if !text.contains(['№', '™', '´', '：', 'ㆍ']) {
            assert_eq!(shingles(text, 1), shingles(&forms[2], 1), "{text:?}");
            assert_eq!(shingles(text, 1), shingles(&forms[3], 1), "{text:?}");
        }
    }
}
