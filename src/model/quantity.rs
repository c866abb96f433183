//! Kubernetes quantities: `250m`, `128Mi`, `1.5`, `1G`, `1e3`.

/// Reads a quantity in its base unit (cores, bytes, counts). Source: `k8s.io/apimachinery` resource.Quantity.
/// `None` for anything else, negative numbers included.
pub fn parse_quantity(text: &str) -> Option<f64> {
    let text = text.trim();
    let split = text
        .char_indices()
        .find(|(index, c)| !(c.is_ascii_digit() || *c == '.' || (*index == 0 && *c == '+')))
        .map_or(text.len(), |(index, _)| index);
    let (number, unit) = text.split_at(split);
    let value: f64 = number.parse().ok()?;
    let factor = match unit {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1_048_576.0,
        "Gi" => 1_073_741_824.0,
        "Ti" => 1_099_511_627_776.0,
        "Pi" => 1_125_899_906_842_624.0,
        "Ei" => 1_152_921_504_606_846_976.0,
        exponent => {
            let digits = exponent.strip_prefix(['e', 'E'])?;
            10f64.powi(digits.parse::<i32>().ok().filter(|power| power.abs() <= 18)?)
        }
    };
    Some(value * factor)
}

#[cfg(test)]
mod tests {
    use super::parse_quantity;

    #[test]
    fn quantities_in_their_base_unit() {
        assert_eq!(parse_quantity("250m"), Some(0.25));
        assert_eq!(parse_quantity("128Mi"), Some(134_217_728.0));
        assert_eq!(parse_quantity("1.5"), Some(1.5));
        assert_eq!(parse_quantity("2e3"), Some(2000.0));
        for bad in ["", "Mi", "12Q", "-1", "<unknown>", "1e999"] {
            assert_eq!(parse_quantity(bad), None, "{bad}");
        }
    }
}
