"""The words that names are made of."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in text.replace("\n", " ").split(","))


FIRST_WORDS = _words("""
Alder Amber Anchor Apex Arbor Ardent Aspen Atlas Aurora Azure Basalt Bay Beacon Birch Blue Bold Bramble
Brass Bridge Bright Brook Cardinal Castle Cedar Chalk Cinder Clear Cliff Cloud Clover Cobalt Compass
Copper Coral Crest Crown Crystal Dawn Delta Drift Dune Eagle Early East Elder Elm Ember Evergreen Fair
Falcon Fern Field Fir First Flint Fox Garnet Gate Glen Golden Granite Gray Green Grove Gull Halo Harbor
Hawk Hazel Heather Heron High Hill Hollow Holly Horizon Iron Ivory Ivy Jade Juniper Keel Kestrel Kite Lake
Lantern Larch Lark Laurel Leaf Lime Linden Lumen Lunar Lynx Magnet Maple Marble Marsh Meadow Mercer Merit
Mill Mint Moor Moss Narrow New Noble North Nova Oak Ocean Olive Onyx Opal Orchard Osprey Otter Owl Pacific
Palm Pearl Pebble Pine Pioneer Plum Polar Prairie Prime Quartz Quill Rain Raven Red Reed Ridge River Robin
Rock Rose Rowan Ruby Saffron Sage Sand Sable Sequoia Shore Silver Sky Slate Solar South Spring Spruce Star
Stone Storm Summit Sun Swift Sycamore Tall Teal Terra Thistle Thorn Tidal Timber Topaz True Tulip Umber
Union Upper Valley Vantage Verdant Vine Violet Walnut Wave West Wheat White Wild Willow Wind Winter Wren
Yarrow Zenith Zephyr
""")
SECOND_WORDS = _words("""
bank beam berry bird bluff bolt bough bourne branch bridge brook burn bury by cairn cap cliff combe cove
craft crest croft cross dale dell den don down edge fall fell field finch flow fold force ford forge gate
glade glen grain grove gull harbor haven hawk head helm hill hold hollow holm horn hurst key land lane
lark leaf leigh light line link loft loom marsh mead mere mill mont moor mount nest pass path peak pier
pike plain point pond port rail reach reef ridge rise road rock root row run sail shaw shed shire shore
side spar spire spoke spring stead stem step stone stream thorn thwaite tide ton tower track trail vale
view wake ward water way well wharf wick wing wood works worth yard
""")
PLACES = _words("""
Antwerp Austin Bergen Bilbao Bologna Boston Brisbane Busan Calgary Cape Cebu Chennai Cork Dakar Denver
Durban Fukuoka Gdansk Geneva Ghent Halifax Hanoi Helsinki Izmir Jakarta Kigali Krakow Lagos Lima Lisbon
Lyon Malmo Medellin Memphis Mumbai Nairobi Osaka Oslo Penang Perth Porto Pune Quito Riga Rotterdam
Santiago Savannah Seville Tallinn Tampa Toledo Trieste Tucson Turin Utrecht Valencia Vilnius Wellington
Zagreb
""")
TRADES = _phrases("""
Logistics, Foods, Freight, Pharma, Medical Supply, Retail Group, Apparel, Furniture, Chemicals, Packaging,
Energy, Solar, Construction, Timber, Steel, Automotive, Aerospace, Electronics, Robotics, Software, Media,
Publishing, Insurance, Bank, Credit Union, Hospitality, Hotels, Travel, Airlines, Shipping, Rail,
Breweries, Dairy, Bakeries, Coffee, Seafood, Organics, Farms, Seeds, Veterinary, Dental, Clinics,
Diagnostics, Biotech, Optics, Instruments, Tools, Hardware, Outdoor, Sports, Toys, Books, Education,
Learning, Recruiting, Staffing, Legal, Advisory, Architects, Engineering, Utilities, Water, Recycling,
Telecom, Networks, Security, Analytics, Print, Ceramics, Glass, Textiles, Footwear, Jewellery, Cosmetics,
Home, Garden, Property, Facilities, Cold Chain, Couriers, Warehousing, Parts, Marine, Trading, Mobility,
Events, Catering, Paper, Wines
""")
FORMS = (
    "{first}{second} {trade}",
    "{first}{second} {trade}",
    "{first}{second} {trade}",
    "{one} & {two} {trade}",
    "{one} {trade}",
    "{place} {trade}",
    "{first} {place} {trade}",
    "{first} & {one} {trade}",
)
#: What a unit of a larger customer is called after its parent.
UNITS = _phrases("Nordics, Iberia, UK, North America, APAC, Benelux, DACH, Mexico, Brasil, Japan, Gulf")

#: First names and family names of each culture.
CULTURES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "english": (
        _words("Grace Oliver Hannah Thomas Emily Jack Charlotte Daniel Sophie Harry Megan Luke Rachel Adam"),
        _words("Bennett Walsh Carter Hughes Fletcher Parker Ellis Hayes Morgan Reed Thornton Webb Dalton"),
    ),
    "american": (
        _words("Aaliyah Marcus Imani Darnell Keisha Jamal Monique Terrence Ebony Malik Tiana Andre"),
        _words("Washington Jefferson Booker Banks Coleman Mosley Gaines Franklin Hampton Rivers Boyd"),
    ),
    "latin": (
        _words("Maria Diego Camila Javier Lucía Mateo Valentina Andrés Sofía Santiago Ximena Rafael"),
        _words("García Hernández Rojas Castillo Vargas Mendoza Fuentes Navarro Salazar Ibarra Quintero"),
    ),
    "brazilian": (
        _words("Ana João Beatriz Thiago Larissa Caio Júlia Gustavo Letícia Bruno"),
        _words("Silva Almeida Carvalho Ribeiro Barbosa Teixeira Moraes Nogueira Azevedo Cardoso"),
    ),
    "french": (
        _words("Camille Antoine Élodie Julien Manon Mathieu Chloé Bastien Amélie Hugo"),
        _words("Moreau Lefèvre Girard Rousseau Fontaine Chevalier Marchand Perrin Dufour Lambert"),
    ),
    "german": (
        _words("Anna Lukas Katharina Felix Johanna Jonas Lena Matthias Greta Tobias"),
        _words("Schneider Vogel Krüger Brandt Hoffmann Keller Lorenz Bergmann Weiß Schäfer"),
    ),
    "nordic": (
        _words("Ingrid Lars Astrid Mikkel Freja Anders Sigrid Søren Elin Oskar"),
        _words("Lindqvist Nygaard Holm Bergström Dahl Sørensen Virtanen Haugen Ekman Solberg"),
    ),
    "slavic": (
        _words("Agnieszka Łukasz Katarzyna Marek Zuzana Tomáš Olena Andriy Milica Nikola"),
        _words("Kowalska Nowak Zieliński Novák Dvořák Shevchenko Kovalenko Petrović Horvat Wójcik"),
    ),
    "italian": (
        _words("Giulia Lorenzo Chiara Matteo Elisa Davide Martina Alessio Francesca Paolo"),
        _words("Ricci Conti Greco Bianchi Ferrara Moretti Galli Fontana Rinaldi Caruso"),
    ),
    "arabic": (
        _words("Layla Omar Yasmin Karim Noor Hassan Salma Tariq Rania Youssef"),
        _words("Haddad Mansour Khalil Nasser Aziz Farouk Saleh Hamdan Rahman Qureshi"),
    ),
    "turkish": (
        _words("Elif Emre Zeynep Murat Defne Kerem Ayşe Can"),
        _words("Yılmaz Demir Kaya Aydın Öztürk Arslan Koç Polat"),
    ),
    "west_african": (
        _words("Chiamaka Emeka Amara Kwame Adaeze Kofi Ngozi Tunde Abena Sekou"),
        _words("Okafor Mensah Adeyemi Boateng Diallo Nwosu Asante Balogun Traoré Eze"),
    ),
    "east_african": (
        _words("Wanjiru Juma Amina Kamau Zawadi Otieno Hawa Abebe"),
        _words("Njoroge Kimani Mwangi Odhiambo Tesfaye Bekele Wekesa Hassan"),
    ),
    "indian": (
        _words("Priya Arjun Ananya Rohan Kavya Vikram Meera Aditya Nisha Sanjay Divya Rahul"),
        _words("Sharma Patel Iyer Reddy Nair Mehta Banerjee Kulkarni Menon Gupta Chatterjee Rao"),
    ),
    "chinese": (
        _words("Mei Wei Xiu Jun Lan Hao Jing Ming Yan Tao Lin Bo"),
        _words("Chen Wang Zhang Liu Huang Zhao Wu Zhou Xu Lin Tan Ng"),
    ),
    "japanese": (
        _words("Yuki Haruto Sakura Kenji Aiko Ren Naomi Daichi Emi Takumi"),
        _words("Tanaka Sato Yamamoto Nakamura Kobayashi Mori Ishikawa Fujita Ogawa Hayashi"),
    ),
    "korean": (
        _words("Jiwoo Minjun Seoyeon Hyun Eunji Taeyang Sora Jisoo"),
        _words("Kim Park Choi Jung Kang Yoon Han Shin"),
    ),
    "southeast_asian": (
        _words("Linh Anh Siti Budi Nurul Maricel Jose Ploy Somchai Dewi"),
        _words("Nguyen Tran Pham Santos Reyes Wijaya Santoso Suwan Abdullah Bautista"),
    ),
    "hebrew": (
        _words("Noa Amit Tamar Eitan Maya Yonatan Shira Oren"),
        _words("Levi Mizrahi Peretz Katz Shapiro Biton Azoulay Dayan"),
    ),
    "pacific": (
        _words("Aroha Tane Mere Sione Leilani Kai Moana Tevita"),
        _words("Ngata Tuilagi Parata Fonoti Kealoha Tamati Havili Rangi"),
    ),
}
_HOME = {
    "americas": _words("english american latin brazilian indian chinese"),
    "emea": _words("english french german nordic slavic italian turkish arabic west_african"),
    "apac": _words("japanese korean chinese indian southeast_asian pacific english"),
}
#: Per region: the cultures and their weights; every region is mixed.
REGION_CULTURES: dict[str, tuple[list[str], list[float]]] = {
    region: (list(CULTURES), [5.0 if culture in home else 1.0 for culture in CULTURES])
    for region, home in _HOME.items()
}
