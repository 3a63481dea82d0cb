"""Ready mappings: what the exports of known systems are called, as data, and how to find out.

A system is a file of data beside this one; adding one is adding it here.
"""

from analysis.mappings.everyday import EVERYDAY
from analysis.mappings.fxiaoke import FXIAOKE
from analysis.mappings.jiandaoyun import JIANDAOYUN
from analysis.mappings.online_retail import ONLINE_RETAIL
from analysis.mappings.shopify import SHOPIFY
from analysis.mappings.woocommerce import WOOCOMMERCE
from analysis.mappings.zoho_crm import ZOHO_CRM

__all__ = ["EVERYDAY", "SYSTEMS"]

SYSTEMS = {
    system.key: system
    for system in (SHOPIFY, WOOCOMMERCE, ZOHO_CRM, FXIAOKE, JIANDAOYUN, ONLINE_RETAIL)
}
