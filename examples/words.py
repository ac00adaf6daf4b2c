"""The words that example leads are made of, where the source data has only codes. People and companies are invented."""

FIRST_NAMES = {
    "DE": (
        "Anna",
        "Jonas",
        "Lena",
        "Felix",
        "Katharina",
        "Moritz",
        "Sabine",
        "Jürgen",
        "Heike",
        "Björn",
        "Ute",
        "Götz",
    ),
    "FR": (
        "Chloé",
        "Hugo",
        "Camille",
        "Théo",
        "Inès",
        "Mathieu",
        "Élodie",
        "Rémi",
        "Noémie",
        "François",
        "Agnès",
        "Luc",
    ),
}
LAST_NAMES = {
    "DE": (
        "Müller",
        "Schäfer",
        "Huber",
        "Köhler",
        "Weiß",
        "Lang",
        "Gruber",
        "Brandt",
        "Fuchs",
        "Böhm",
        "Vogel",
        "Moser",
    ),
    "FR": (
        "Lefèvre",
        "Moreau",
        "Girard",
        "Bonnet",
        "Mercier",
        "Guérin",
        "Faure",
        "Rousseau",
        "Blanc",
        "Gautier",
        "Roy",
    ),
}
# How a company of each industry is called, in English, German and French.
TRADES = {
    "logistics": (
        ("Freight", "Logistics", "Haulage", "Shipping"),
        ("Spedition", "Logistik", "Frachten"),
        ("Transports", "Fret", "Logistique"),
    ),
    "manufacturing": (
        ("Engineering", "Components", "Machine Works", "Tooling"),
        ("Maschinenbau", "Werkzeuge", "Metallbau"),
        ("Mécanique", "Outillage", "Industrie"),
    ),
    "healthcare_non_clinical": (
        ("Care Services", "Health Supplies", "Medical Billing"),
        ("Gesundheitsdienste", "Pflegebedarf", "Medizintechnik"),
        ("Services Santé", "Matériel Médical"),
    ),
    "professional_services": (
        ("Advisory", "Consulting", "Partners", "Associates"),
        ("Beratung", "Consulting", "Partner"),
        ("Conseil", "Associés"),
    ),
}
LEGAL_FORMS = {
    "GB": ("Ltd", "Ltd", "plc", "LLP"),
    "US": ("Inc.", "LLC", "Corp."),
    "DE": ("GmbH", "AG", "GmbH & Co. KG"),
    "AT": ("GmbH", "AG"),
    "CH": ("AG", "GmbH"),
    "FR": ("SAS", "SARL", "SA"),
}
# As people type them.
COUNTRY_NAMES = {
    "GB": ("United Kingdom", "UK", "GB", "England"),
    "US": ("United States", "USA", "US"),
    "DE": ("Germany", "Deutschland", "DE"),
    "AT": ("Austria", "Österreich"),
    "CH": ("Switzerland", "Schweiz"),
    "FR": ("France",),
}
# Ranges that regulators keep free for films and examples, where they do; otherwise beside the example numbers of the
# phonenumbers library. `#` is any digit.
PHONES = {
    "GB": ("+442079460###", "+441614960###", "+441214960###", "+441174960###"),
    "US": ("+121255501##", "+141555501##", "+131255501##", "+161755501##", "+120655501##", "+130355501##"),
    "DE": ("+493023125###", "+498999998###", "+496990009###", "+492214710###"),
    "AT": ("+431234567###",),
    "CH": ("+41212345###",),
    "FR": ("+33199000###",),
}
INDUSTRIES = {
    "logistics": "Transportation",
    "manufacturing": "Durable Manufacturing",
    "healthcare_non_clinical": "Doctor's Offices and Clinics",
    "professional_services": "Consulting",
}
TOPICS = {
    "ap_manager": ("Invoice automation", "Paperless accounts payable"),
    "procurement_manager": ("Supplier onboarding", "Procurement suite"),
    "vp_finance": ("Spend visibility", "Month-end close"),
    "it_director": ("ERP integration", "Vendor data platform"),
}
BUSINESS_UNITS = {"GB": "uk", "US": "us", "DE": "dach", "AT": "dach", "CH": "dach", "FR": ""}
CAMPAIGNS = ("spring-launch", "automation-webinar")
