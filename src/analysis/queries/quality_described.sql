-- How many customers the table of customers describes, and how much of the sales is theirs.
--
-- in     customer_days, customers (one row a customer); $as_of DATE
-- out    one row for the described and one for the others
-- units  amount_minor in minor units of the currency
WITH spent AS (
    SELECT
        customer_id,
        SUM(amount_minor) AS amount_minor
    FROM customer_days
    WHERE order_date <= $as_of
    GROUP BY customer_id
)

SELECT
    customers.customer_id IS NOT NULL AS described,
    COUNT(*) AS customers,
    CAST(SUM(spent.amount_minor) AS BIGINT) AS amount_minor
FROM spent
LEFT JOIN customers ON spent.customer_id = customers.customer_id
GROUP BY customers.customer_id IS NOT NULL
ORDER BY described
