//! What the names of a part of a page say that it is: `class="jp-relatedposts"`, `id="comments"`.
//!
//! Names are cut into words where letters end and where a capital follows a small letter, and the words are looked up;
//! what follows `has`, `no` or the like speaks of another part. Linear in the name.

/// What a part of a page is called, as bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Hints(u16);

impl Hints {
    /// Nothing is said.
    pub(super) const NONE: Hints = Hints(0);
    /// The story's own body.
    pub(super) const BODY: Hints = Hints(1);
    /// A headline.
    pub(super) const HEADLINE: Hints = Hints(2);
    /// Ways around the site, lists of other stories, share buttons, advertisements: never a story.
    pub(super) const FURNITURE: Hints = Hints(4);
    /// What readers wrote.
    pub(super) const COMMENTS: Hints = Hints(8);
    /// A dialog with the reader: consent, subscription.
    pub(super) const DIALOG: Hints = Hints(16);
    /// A caption or a credit.
    pub(super) const CAPTION: Hints = Hints(32);
    /// Who wrote it, and when.
    pub(super) const BYLINE: Hints = Hints(64);
    /// Not to be seen.
    pub(super) const HIDDEN: Hints = Hints(128);
    /// The day of publication.
    pub(super) const PUBLISHED: Hints = Hints(256);
    /// The word of a story, which with another (`article-body`) means its body.
    const STORY: Hints = Hints(512);
    /// The word of a body.
    const TEXT: Hints = Hints(1024);
    /// The word of a day, which with that of a story means when it was published.
    const DATE: Hints = Hints(2048);

    /// Whether any of these is said.
    pub(super) fn any(self, of: Hints) -> bool {
        self.0 & of.0 != 0
    }

    /// Both.
    pub(super) const fn with(self, other: Hints) -> Hints {
        Hints(self.0 | other.0)
    }

    /// What a class, an id, a role or an `itemprop` says.
    pub(super) fn of(names: &[u8]) -> Hints {
        let mut all = Hints::NONE;
        for name in names.split(u8::is_ascii_whitespace).filter(|name| name.len() <= LONGEST_NAME) {
            all = all.with(of_name(name));
        }
        all
    }
}

/// A longer name is generated, and says nothing.
const LONGEST_NAME: usize = 80;

fn of_name(name: &[u8]) -> Hints {
    // What WordPress says of a post in the class of the whole post.
    if [&b"tag-"[..], b"category-", b"cat-", b"status-"].iter().any(|prefix| name.starts_with(prefix)) {
        return Hints::NONE;
    }
    if is_hidden(name) {
        return Hints::HIDDEN;
    }
    let (mut all, mut denied) = (Hints::NONE, false);
    each_word(name, |word| {
        denied = denied || matches!(word, b"has" | b"no" | b"with" | b"without" | b"not" | b"layout");
        if !denied {
            all = all.with(of_word(word));
        }
    });
    if all.any(Hints::STORY) && all.any(Hints::TEXT) && !all.any(Hints::FURNITURE.with(Hints::COMMENTS)) {
        all = all.with(Hints::BODY);
    }
    if all.any(Hints::STORY) && all.any(Hints::DATE) {
        all = all.with(Hints::PUBLISHED).with(Hints::BYLINE);
    }
    all
}

/// A whole name says this; its words often speak of another part (`label-hidden`).
fn is_hidden(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 9] = [
        b"hidden",
        b"is-hidden",
        b"hide",
        b"invisible",
        b"visually-hidden",
        b"visuallyhidden",
        b"sr-only",
        b"screen-reader-text",
        b"noprint",
    ];
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Calls `found` with each word of a name, in small letters.
fn each_word(name: &[u8], mut found: impl FnMut(&[u8])) {
    let (mut word, mut length) = ([0u8; LONGEST_NAME], 0);
    let mut was_small = false;
    for &byte in name {
        let ends = !byte.is_ascii_alphabetic() || (was_small && byte.is_ascii_uppercase());
        if ends && length > 0 {
            found(&word[..length]);
            length = 0;
        }
        if byte.is_ascii_alphabetic() {
            word[length] = byte.to_ascii_lowercase();
            length += 1;
        }
        was_small = byte.is_ascii_lowercase();
    }
    if length > 0 {
        found(&word[..length]);
    }
}

fn of_word(word: &[u8]) -> Hints {
    match word {
        b"articlebody" | b"storybody" | b"postbody" | b"articletext" | b"entrycontent" | b"maincontent"
        | b"articlecontent" | b"storytext" | b"newstext" | b"bodytext" => Hints::BODY,
        b"article" | b"story" | b"post" | b"entry" | b"news" | b"blog" => Hints::STORY,
        b"body" | b"text" | b"content" | b"copy" | b"txt" => Hints::TEXT,
        b"headline" | b"title" | b"heading" => Hints::HEADLINE,
        b"date" => Hints::DATE,
        b"published" | b"publish" | b"pubdate" | b"posted" => Hints::PUBLISHED.with(Hints::BYLINE),
        b"nav" | b"navbar" | b"navigation" | b"menu" | b"submenu" | b"megamenu" | b"breadcrumb" | b"breadcrumbs"
        | b"crumbs" | b"sidebar" | b"rail" | b"footer" | b"masthead" | b"pagination" | b"pager" | b"paging"
        | b"toolbar" | b"sitemap" | b"share" | b"sharing" | b"sharebar" | b"sharedaddy" | b"social" | b"addthis"
        | b"sociable" | b"shares" | b"related" | b"relatedposts" | b"recommended" | b"recommendation"
        | b"recommendations" | b"recirc" | b"recirculation" | b"trending" | b"popular" | b"mostread" | b"outbrain"
        | b"taboola" | b"zergnet" | b"teaser" | b"teasers" | b"promo" | b"promos" | b"promoted" | b"sponsor"
        | b"sponsored" | b"sponsors" | b"advert" | b"ad" | b"ads" | b"advertisement" | b"advertising" | b"adslot"
        | b"tags" | b"taglist" | b"tagcloud" | b"readmore" | b"banner" | b"complementary" | b"contentinfo"
        | b"carousel" | b"ticker" | b"disclaimer" | b"copyright" | b"tools" | b"utility" | b"pullquote" | b"latest"
        | b"more" | b"also" | b"alert" | b"notice" | b"skip" | b"print" | b"modal" | b"popup" | b"overlay"
        | b"newsletter" | b"subscribe" | b"subscription" | b"subscriptions" | b"signup" | b"optin" | b"paywall"
        | b"login" | b"signin" | b"regwall" | b"donate" | b"donation" => Hints::FURNITURE,
        b"comment" | b"comments" | b"commentlist" | b"disqus" | b"discussion" | b"respond" | b"replies"
        | b"livefyre" | b"fbcomments" => Hints::COMMENTS,
        b"alertdialog" | b"cookie" | b"cookies" | b"consent" | b"gdpr" | b"cmp" | b"onetrust" => Hints::DIALOG,
        b"caption" | b"captions" | b"figcaption" | b"credit" | b"credits" | b"photocredit" => Hints::CAPTION,
        b"byline" | b"author" | b"authors" | b"dateline" | b"timestamp" | b"datetime" | b"meta" | b"metadata"
        | b"bio" => Hints::BYLINE,
        _ => Hints::NONE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_a_part_is() {
        for (names, hints) in [
            ("jp-relatedposts", Hints::FURNITURE),
            ("site-nav", Hints::FURNITURE),
            ("relatedArticles", Hints::FURNITURE),
            ("a b comment-list", Hints::COMMENTS),
            ("Cookie_Banner", Hints::DIALOG),
            ("visually-hidden", Hints::HIDDEN),
            ("articleBody", Hints::BODY),
            ("c-article__body-text", Hints::BODY),
            ("article_date", Hints::PUBLISHED),
        ] {
            assert!(Hints::of(names.as_bytes()).any(hints), "{names}");
        }
        let said = Hints::FURNITURE.with(Hints::COMMENTS).with(Hints::HIDDEN).with(Hints::DIALOG).with(Hints::BODY);
        for names in
            ["", "has-sidebar", "no-comments", "tag-comments", "field-label-hidden", "shadow", "headline", "--__"]
        {
            assert!(!Hints::of(names.as_bytes()).any(said), "{names}");
        }
        assert!(!Hints::of(&b"nav".repeat(40)).any(said), "a name that no person gave");
    }
}
