//! Text to words, in English and in other scripts: the same articles, every letter moved, or spelled in an alphabet with
//! marks where that script has them and spaces where it has them.

#![allow(missing_docs, clippy::expect_used)]

mod corpus;

use criterion::{Criterion, criterion_group, criterion_main};
use newsfold::hash;
use newsfold::text::{Story, Tokenizer};

/// How to spell English in another script.
struct Script {
    name: &'static str,
    /// For a to z; words take them in turn.
    alphabets: &'static [&'static str],
    /// For a, e, i, o, u where no letter stands before.
    lone: &'static str,
    /// Between two consonants.
    cluster: &'static str,
    has_spaces: bool,
}

const SCRIPTS: [Script; 12] = [
    Script {
        name: "vietnamese",
        alphabets: &[
            "ấ b c đ ế ph g h ị gi k l m n ộ p qu r s t ư v v x y d",
            "à b c d é ph g h i gi k l m n ơ p qu r s t u v v x y d",
        ],
        lone: "",
        cluster: "",
        has_spaces: true,
    },
    Script {
        name: "greek",
        alphabets: &[
            "α β κ δ ε φ γ χ ι ξ κ λ μ ν ο π θ ρ σ τ υ β ω ξ ψ ζ",
            "ά β κ δ έ φ γ χ ί ξ κ λ μ ν ό π θ ρ ς τ ύ β ώ ξ ψ ζ",
        ],
        lone: "",
        cluster: "",
        has_spaces: true,
    },
    Script {
        name: "hebrew",
        alphabets: &["א ב צ ד ע פ ג ה י ז כ ל מ נ ו פ ק ר ס ת ו ו ש ח י ז"],
        lone: "",
        cluster: "",
        has_spaces: true,
    },
    Script {
        name: "persian",
        alphabets: &["ا ب چ د ه ف گ ح ی ج ک ل م ن و پ ق ر س ت و و می\u{200C} خ ی ز"],
        lone: "",
        cluster: "",
        has_spaces: true,
    },
    Script {
        name: "hindi",
        alphabets: &[
            "ा ब च द े फ ग ह ि ज क ल म न ो प क़ र स त ु व भ ष य ड़",
            "ा ब छ ध े थ घ ह ी झ ख ल म ण ौ प क र श ट ू व भ ष य ज",
        ],
        lone: "अ ए इ ओ उ",
        cluster: "्",
        has_spaces: true,
    },
    Script {
        name: "bengali",
        alphabets: &["া ব চ দ ে ফ গ হ ি জ ক ল ম ন ো প ক র স ত ু ভ ভ ষ য় ড়"],
        lone: "অ এ ই ও উ",
        cluster: "্",
        has_spaces: true,
    },
    Script {
        name: "tamil",
        alphabets: &["ா ப ச த ே வ க ஹ ி ஜ க ல ம ன ொ ப க ர ஸ ட ு வ வ ஷ ய ழ"],
        lone: "அ எ இ ஒ உ",
        cluster: "்",
        has_spaces: true,
    },
    Script {
        name: "georgian",
        alphabets: &["ა ბ ც დ ე ფ გ ჰ ი ჯ კ ლ მ ნ ო პ ყ რ ს ტ უ ვ წ ხ ღ ზ"],
        lone: "",
        cluster: "",
        has_spaces: true,
    },
    Script {
        name: "korean",
        alphabets: &[
            "가 나 다 라 마 바 사 아 자 차 카 타 파 하 은 는 이 을 를 의 에 서 로 고 도 한",
            "정 부 대 통 령 회 담 외 교 장 관 경 제 북 핵 문 국 민 년 월 일 시 장 선 거 법",
        ],
        lone: "",
        cluster: "",
        has_spaces: true,
    },
    Script {
        name: "thai",
        alphabets: &[
            "า บ ค ด เ ฟ ก ห ิ จ ข ล ม น โ ป ฆ ร ส ต ุ ว พ ซ ย ำ",
            "้า บ ่ ด แ ฟ ก ห ี จ ็ ล ม น ไ ป ้ ร ส ท ู ว พ ์ ย ัน",
        ],
        lone: "อา เ อิ โ อุ",
        cluster: "",
        has_spaces: false,
    },
    Script {
        name: "chinese",
        alphabets: &[
            "中 国 政 府 总 理 会 谈 在 日 内 瓦 的 一 了 年 月 人 民 大 不 经 济 部 长 他",
            "上 海 记 者 报 道 说 有 关 问 题 发 展 新 闻 公 司 市 场 据 本 社 电 与 和 为 这",
        ],
        lone: "",
        cluster: "",
        has_spaces: false,
    },
    Script {
        name: "japanese",
        alphabets: &[
            "日 本 の 首 相 は 東 京 で 会 談 し た と 発 表 が 政 府 を に 年 月 、 る 人",
            "ト ヨ タ ジ ュ ネ ー ブ ス ア メ リ カ ニ サ ン ド ル ッ ク ラ ウ イ ナ テ レ",
            "する こと から ない れ ら ま です ある いう き く け こ さ せ そ な ね は ひ も や よ り ん",
        ],
        lone: "",
        cluster: "",
        has_spaces: false,
    },
];

impl Script {
    fn spell(&self, text: &str) -> String {
        let alphabets: Vec<Vec<&str>> = self.alphabets.iter().map(|letters| letters.split(' ').collect()).collect();
        let lone: Vec<&str> = self.lone.split(' ').collect();
        let (mut out, mut words, mut before) = (String::new(), 0, ' ');
        for c in text.to_lowercase().chars() {
            let vowel = "aeiou".find(c);
            match vowel.and_then(|vowel| lone.get(vowel)) {
                Some(letter) if !before.is_ascii_lowercase() || "aeiou".contains(before) => out.push_str(letter),
                _ if c.is_ascii_lowercase() => {
                    if vowel.is_none() && before.is_ascii_lowercase() && !"aeiou".contains(before) {
                        out.push_str(self.cluster);
                    }
                    out.push_str(alphabets[words % alphabets.len()][c as usize - 97]);
                }
                _ if c == ' ' && before.is_ascii_lowercase() && !self.has_spaces => words += 1,
                _ => {
                    words += usize::from(c == ' ');
                    out.push(c);
                }
            }
            before = c;
        }
        out
    }
}

fn words(c: &mut Criterion) {
    let articles = corpus::articles(1000);
    let mut group = c.benchmark_group("text");
    group.throughput(corpus::throughput(&articles));
    group.bench_function("words", |b| {
        let mut tokenizer = Tokenizer::default();
        b.iter(|| {
            let mut sum = 0u64;
            articles.iter().for_each(|(_, text)| tokenizer.words(text, |word| sum ^= hash::bytes(word.as_bytes())));
            sum
        });
    });
    let written = |spell: &dyn Fn(&str) -> String| {
        let few = articles.iter().take(200);
        few.map(|(_, text)| (String::new(), spell(text))).collect::<Vec<(String, String)>>()
    };
    let moved = |first: char| {
        let letter = move |c: char| {
            if c.is_ascii_lowercase() { char::from_u32(first as u32 + u32::from(c) - 97).unwrap_or(c) } else { c }
        };
        written(&|text: &str| text.chars().map(letter).collect())
    };
    let mut forms = vec![
        ("story".to_owned(), articles.clone()),
        ("story, latin with accents".to_owned(), moved('à')),
        ("story, cyrillic".to_owned(), moved('а')),
        ("story, arabic".to_owned(), moved('ب')),
        ("story, han".to_owned(), moved('一')),
    ];
    forms.extend(SCRIPTS.iter().map(|script| (format!("story, {}", script.name), written(&|text| script.spell(text)))));
    for (name, articles) in forms {
        group.throughput(corpus::throughput(&articles));
        let mut story = Story::default();
        let mut read = |(title, text): &(String, String)| {
            story.read(title, text);
            story.words().len()
        };
        group.bench_function(name, |b| b.iter(|| articles.iter().map(&mut read).sum::<usize>()));
    }
    group.finish();
}

criterion_group!(benches, words);
criterion_main!(benches);
