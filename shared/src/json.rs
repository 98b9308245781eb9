//! Reading JSON through one small tree.
//!
//! serde's derived code reads each struct by code of its own, some kilobytes for each, which the browser would download.
//! What clients read is read here into a [`Json`] first, and taken out of it by [`FromJson`].

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};

/// A JSON value. Numbers that are no unsigned integers are [`Json::Other`]: the protocol has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json<'a> {
    /// `null`, or an absent field.
    Null,
    /// A boolean.
    Bool(bool),
    /// An unsigned integer.
    Number(u64),
    /// A string.
    Text(Cow<'a, str>),
    /// An array.
    List(Vec<Json<'a>>),
    /// An object.
    Object(Object<'a>),
    /// Another number.
    Other,
}

/// The fields of a JSON object, from which they are taken one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object<'a>(Vec<(Cow<'a, str>, Json<'a>)>);

/// A type that can be read from JSON.
pub trait FromJson: Sized {
    /// The value. `None`: it has another type, or is not valid.
    fn from_json(json: Json<'_>) -> Option<Self>;
}

/// A field that is missing or not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldError(pub &'static str);

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("missing or invalid field `")?;
        f.write_str(self.0)?;
        f.write_str("`")
    }
}

/// Reads a text. `None`: it is not JSON, or does not have the fields of this type.
pub fn read<T: FromJson>(text: &str) -> Option<T> {
    parse(text).and_then(T::from_json)
}

/// Parses a text. It is not generic, so that the parser exists once.
pub fn parse(text: &str) -> Option<Json<'_>> {
    serde_json::from_str(text).ok()
}

impl<'a> Json<'a> {
    /// The string, if it is one.
    pub fn text(self) -> Option<Cow<'a, str>> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The object, if it is one.
    pub fn object(self) -> Option<Object<'a>> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }
}

impl<'a> Object<'a> {
    /// Takes a field out of the object.
    pub fn take(&mut self, name: &str) -> Json<'a> {
        let at = self.0.iter().rposition(|(field, _)| field == name);
        at.map_or(Json::Null, |at| self.0.swap_remove(at).1)
    }

    /// Takes a field that must be there.
    pub fn required<T: FromJson>(&mut self, name: &'static str) -> Result<T, FieldError> {
        T::from_json(self.take(name)).ok_or(FieldError(name))
    }

    /// Takes a field that may be absent or `null`.
    pub fn optional<T: FromJson>(&mut self, name: &'static str) -> Result<Option<T>, FieldError> {
        match self.take(name) {
            Json::Null => Ok(None),
            json => T::from_json(json).map(Some).ok_or(FieldError(name)),
        }
    }
}

impl FromJson for bool {
    fn from_json(json: Json<'_>) -> Option<Self> {
        if let Json::Bool(value) = json { Some(value) } else { None }
    }
}

impl FromJson for u64 {
    fn from_json(json: Json<'_>) -> Option<Self> {
        if let Json::Number(number) = json { Some(number) } else { None }
    }
}

impl FromJson for u32 {
    fn from_json(json: Json<'_>) -> Option<Self> {
        u64::from_json(json)?.try_into().ok()
    }
}

impl FromJson for String {
    fn from_json(json: Json<'_>) -> Option<Self> {
        json.text().map(Cow::into_owned)
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(json: Json<'_>) -> Option<Self> {
        let Json::List(values) = json else { return None };
        let mut list = Self::with_capacity(values.len());
        for value in values {
            list.push(T::from_json(value)?);
        }
        Some(list)
    }
}

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Json<'de>, E> {
        Ok(Json::Number(number))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Json<'de>, E> {
        Ok(Json::Other)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Json<'de>, E> {
        Ok(Json::Other)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Json<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = values.next_element()? {
            list.push(value);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Json<'de>, A::Error> {
        let mut object = Vec::new();
        while let Some(name) = fields.next_key::<Json<'de>>()? {
            let name = name.text().unwrap_or_default();
            object.push((name, fields.next_value()?));
        }
        Ok(Json::Object(Object(object)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_taken_out_of_an_object() {
        let text = r#"{"a":1,"b":[true,null,-1,1.5],"c":{"d":"\u00e9"},"a":2,"e":18446744073709551615}"#;
        let mut object = parse(text).and_then(Json::object).unwrap();
        assert_eq!(object.take("a"), Json::Number(2), "the last one counts");
        assert_eq!(
            object.take("b"),
            Json::List(vec![Json::Bool(true), Json::Null, Json::Other, Json::Other])
        );
        assert_eq!(object.required::<String>("c"), Err(FieldError("c")));
        assert_eq!(object.required::<u64>("e"), Ok(u64::MAX));
        assert_eq!(object.optional::<String>("f"), Ok(None));
        assert_eq!(FieldError("c").to_string(), "missing or invalid field `c`");
    }

    #[test]
    fn deep_and_broken_texts_are_no_json() {
        assert_eq!(parse(&"[".repeat(100_000)), None);
        for text in ["", "{", r#"{"a"}"#, "[1,]", "nul", "1 2"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(read::<Vec<u32>>("[1,4294967296]"), None);
    }
}
