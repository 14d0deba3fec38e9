"""Pictures and pages made from outcomes.

The modules are imported one by one: the gallery of magnified images needs no attack.
"""
