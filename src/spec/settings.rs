//! The description of a setting, and the macros that declare tables of settings and choices.

use std::path::PathBuf;

use crate::error::{Error, Result};

/// One setting, as every face shows it.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The name in snake_case, as in files. A flag has `-` for `_`, and JavaScript has camelCase.
    pub name: &'static str,
    /// The doc comment of its row. Each line of the source begins with a blank.
    pub doc: &'static str,
    /// The heading above it.
    pub group: &'static str,
    /// The type of its value.
    pub kind: Kind,
    /// Stands for the value in help texts, such as `SHARE`.
    pub value_name: &'static str,
    /// The range of a number.
    pub range: Option<Range>,
    /// The effect of not setting it, for a setting without a fixed default.
    pub unset: Option<&'static str>,
}

impl Setting {
    /// Whether it is a choice by name that can be left open, with the word `auto`.
    pub fn is_open_choice(&self) -> bool {
        self.unset.is_some() && matches!(self.kind, Kind::Choice(_))
    }
}

/// The type of a setting's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A number.
    Number,
    /// A whole number that is not negative.
    Whole,
    /// `true` or `false`.
    YesNo,
    /// Any text.
    Text,
    /// A path of a file or a folder.
    Path,
    /// One of these values.
    Choice(&'static [Choice]),
}

/// One of the values that a setting can have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// The name in files, flags and JavaScript.
    pub name: &'static str,
    /// The doc comment of its row.
    pub doc: &'static str,
}

/// The range from `least` to `most`. Each end is included or not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The lower end.
    pub least: f64,
    /// Whether the lower end belongs to the range.
    pub includes_least: bool,
    /// The upper end; infinite if there is none.
    pub most: f64,
    /// Whether the upper end belongs to the range.
    pub includes_most: bool,
}

impl Range {
    /// The numbers of at least `least`.
    pub const fn from(least: f64) -> Self {
        Range { least, includes_least: true, most: f64::INFINITY, includes_most: false }
    }

    /// The numbers above `least`.
    pub const fn above(least: f64) -> Self {
        Range { includes_least: false, ..Range::from(least) }
    }

    /// Ends the range at `most`, which belongs to it.
    pub const fn to(self, most: f64) -> Self {
        Range { most, includes_most: true, ..self }
    }

    /// Ends the range before `most`.
    pub const fn below(self, most: f64) -> Self {
        Range { most, includes_most: false, ..self }
    }

    /// Whether the value is in the range; NaN is not.
    pub fn contains(&self, value: f64) -> bool {
        let above = if self.includes_least { value >= self.least } else { value > self.least };
        above && if self.includes_most { value <= self.most } else { value < self.most }
    }

    /// Describes the range, such as "a number above 0 and at most 1".
    pub fn expected(&self, kind: Kind) -> String {
        let number = if kind == Kind::Whole { "a whole number" } else { "a number" };
        let Range { least, most, .. } = self;
        match (self.includes_least, self.includes_most) {
            _ if most.is_infinite() && self.includes_least => format!("{number} of at least {least}"),
            _ if most.is_infinite() => format!("{number} above {least}"),
            (true, true) => format!("{number} from {least} to {most}"),
            (true, false) => format!("{number} from {least} to below {most}"),
            (false, true) => format!("{number} above {least} and at most {most}"),
            (false, false) => format!("{number} between {least} and {most}"),
        }
    }
}

/// A type for the value of a setting.
pub trait Value {
    /// The type as faces show it.
    const KIND: Kind;

    /// The number, if one is set, as a float and as text. Only the text is exact for large whole numbers.
    fn number(&self) -> Option<(f64, String)> {
        None
    }
}

macro_rules! values {
    ($($type:ty: $kind:expr $(, $number:expr)?;)*) => {
        $(impl Value for $type {
            const KIND: Kind = $kind;
            $(fn number(&self) -> Option<(f64, String)> {
                let number: fn(&$type) -> f64 = $number;
                Some((number(self), self.to_string()))
            })?
        })*
    };
}

values! {
    f64: Kind::Number, |value| *value;
    usize: Kind::Whole, |value| *value as f64;
    u64: Kind::Whole, |value| *value as f64;
    bool: Kind::YesNo;
    String: Kind::Text;
    PathBuf: Kind::Path;
}

impl<V: Value> Value for Option<V> {
    const KIND: Kind = V::KIND;

    fn number(&self) -> Option<(f64, String)> {
        self.as_ref().and_then(V::number)
    }
}

/// Checks one setting.
///
/// # Errors
/// [`Error::Usage`] that names the setting, its value and what was expected.
pub fn check(name: &str, value: &impl Value, range: Option<Range>, kind: Kind) -> Result<()> {
    match (value.number(), range) {
        (Some((number, found)), Some(range)) if !range.contains(number) => {
            Err(Error::Usage(format!("{name} is {found}; expected {}", range.expected(kind))))
        }
        _ => Ok(()),
    }
}

/// Declares a struct of settings. From the same rows it makes its `Default`, the check of its ranges, and the table
/// `ALL`, from which the faces are made.
///
/// ```text
/// settings! {
///     /// About the struct.
///     pub struct Name {
///         "Group" {
///             /// About the setting.
///             name: type = default, "VALUE", in Range::from(0.0), unset "what happens then";
///         }
///     }
/// }
/// ```
macro_rules! settings {
    (
        $(#[doc = $about:literal])*
        pub struct $struct:ident {
            $($group:literal {
                $($(#[doc = $doc:literal])* $name:ident: $type:ty = $default:expr, $value_name:literal
                    $(, in $range:expr)? $(, unset $unset:literal)?;)*
            })*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $struct {
            $($($(#[doc = $doc])* pub $name: $type,)*)*
        }

        impl Default for $struct {
            fn default() -> Self {
                $struct { $($($name: $default,)*)* }
            }
        }

        impl $struct {
            /// Every setting, by group.
            pub const ALL: &'static [$crate::spec::Setting] = &[
                $($($crate::spec::Setting {
                    name: stringify!($name),
                    doc: concat!($($doc, "\n"),*),
                    group: $group,
                    kind: <$type as $crate::spec::Value>::KIND,
                    value_name: $value_name,
                    range: [$($crate::spec::settings::some($range),)? None][0],
                    unset: [$(Some($unset),)? None][0],
                },)*)*
            ];

            /// Checks the range of every number.
            ///
            /// # Errors
            /// `Error::Usage` that names the setting, its value and what was expected.
            pub fn check_ranges(&self) -> $crate::error::Result<()> {
                $($($($crate::spec::settings::check(
                    stringify!($name),
                    &self.$name,
                    Some($range),
                    <$type as $crate::spec::Value>::KIND,
                )?;)?)*)*
                Ok(())
            }
        }
    };
}
pub(crate) use settings;

/// Wraps a range in a macro, where the turbofish of `Some` would not fit.
pub const fn some(range: Range) -> Option<Range> {
    Some(range)
}

/// Declares an enum whose variants users choose by name.
macro_rules! choices {
    (
        $(#[doc = $about:literal])*
        pub enum $enum:ident $(= $default:ident)? {
            $($(#[doc = $doc:literal])* $variant:ident = $name:literal,)*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[non_exhaustive]
        pub enum $enum {
            $($(#[doc = $doc])* #[serde(rename = $name)] $variant,)*
        }

        $(impl Default for $enum {
            fn default() -> Self {
                $enum::$default
            }
        })?

        impl $enum {
            /// All values, in the order of the documentation.
            pub const ALL: &'static [$enum] = &[$($enum::$variant),*];
            /// The name and the meaning of each value.
            pub const CHOICES: &'static [$crate::spec::Choice] =
                &[$($crate::spec::Choice { name: $name, doc: concat!($($doc, "\n"),*) }),*];

            /// The name in files, flags and JavaScript.
            pub const fn name(self) -> &'static str {
                match self {
                    $($enum::$variant => $name,)*
                }
            }
        }

        impl $crate::spec::Value for $enum {
            const KIND: $crate::spec::Kind = $crate::spec::Kind::Choice($enum::CHOICES);
        }

        impl std::fmt::Display for $enum {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl std::str::FromStr for $enum {
            type Err = $crate::error::Error;

            fn from_str(name: &str) -> $crate::error::Result<Self> {
                $crate::spec::settings::chosen(name, Self::ALL, Self::CHOICES)
            }
        }
    };
}
pub(crate) use choices;

/// Finds the value called `name`.
///
/// # Errors
/// There is none: [`Error::Usage`] with all names.
pub fn chosen<T: Copy>(name: &str, values: &[T], choices: &[Choice]) -> Result<T> {
    match choices.iter().position(|choice| choice.name == name) {
        Some(found) => Ok(values[found]),
        None => {
            let names: Vec<&str> = choices.iter().map(|choice| choice.name).collect();
            Err(Error::Usage(format!("found {name:?}; expected one of {}", names.join(", "))))
        }
    }
}
