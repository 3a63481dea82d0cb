-- How large the quantities of each category are; a median in the thousands is a volume.
--
-- in     transactions (one row a line); $as_of DATE; $pieces, more on one line is no count
-- out    one row a category (missing: not known), the largest quantity first
-- units  quantities as in the source; amount_minor in minor units of the currency
SELECT
    category,
    COUNT(*) AS lines,
    CAST(SUM(amount_minor) AS BIGINT) AS amount_minor,
    PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY quantity) AS median,
    PERCENTILE_DISC(0.99) WITHIN GROUP (ORDER BY quantity) AS p99,
    MAX(quantity) AS largest,
    CAST(SUM(CASE WHEN quantity > $pieces THEN 1 ELSE 0 END) AS BIGINT) AS beyond_pieces
FROM transactions
WHERE order_date <= $as_of AND quantity IS NOT NULL
GROUP BY category
ORDER BY largest DESC, category
