-- What is known of the customers beside their purchases.
--
-- in     customers (one row a customer: customer_id and attributes)
-- out    the same, by customer
-- units  as the source has them
SELECT *
FROM customers
ORDER BY customer_id
