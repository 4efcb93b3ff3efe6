"""Controlled vocabularies: the short names that people write, and the IRIs that portals know them by.

Each is one mapping, so that a name that can be written always has an IRI. The IRIs are those of the EU's authority
tables (publications.europa.eu/resource/authority), of DCAT-AP-SE 3.0.1's code lists and of DCAT-AP HVD 3.0.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from catalogue.language import _
from catalogue.problems import Mistake, did_you_mean

_AUTHORITY = "http://publications.europa.eu/resource/authority"


def _of(base: str, names: str) -> dict[str, str]:
    """`name` or `name=code` words as names with their IRIs below `base`."""
    pairs = (word.partition("=") for word in names.split())
    return {name: f"{base}{code or name}" for name, _sign, code in pairs}


@dataclass(frozen=True, eq=False)
class OneOf:
    """Marks a text that must be a short name of a vocabulary; any other is refused with the nearest right one."""

    names: Mapping[str, str]

    def check(self, value: str) -> str:
        """The name itself. Raises Mistake where the vocabulary does not have it."""
        if value in self.names:
            return value
        # People write codes in small letters, and words with blanks.
        folded = {name.casefold(): name for name in self.names}
        alike = folded.get(value.casefold().replace(" ", "_").replace("-", "_"))
        close = _("Did you mean “{name}”?", name=alike) if alike else did_you_mean(value, self.names)
        possible = _("Possible here: {values}.", values=", ".join(self.names))
        raise Mistake(_("“{value}” is not possible here.", value=value), close or possible)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """A text, then the look into the vocabulary."""
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """An enumeration, which editors complete."""
        return {"type": "string", "enum": list(self.names)}


#: SPDX identifiers and the addresses by which portals know the licences: http, and without a language.
LICENCES = {
    "CC0-1.0": "http://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-4.0": "http://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-4.0": "http://creativecommons.org/licenses/by-sa/4.0/",
    "PDDL-1.0": "http://opendatacommons.org/licenses/pddl/1.0/",
    "ODC-By-1.0": "http://opendatacommons.org/licenses/by/1.0/",
    "ODbL-1.0": "http://opendatacommons.org/licenses/odbl/1.0/",
}
#: What high-value datasets may have: CC BY 4.0 or anything less restrictive (EU 2023/138, article 4(3)).
HVD_LICENCES = ("CC0-1.0", "CC-BY-4.0", "PDDL-1.0", "ODC-By-1.0")
THEMES = _of(f"{_AUTHORITY}/data-theme/", "AGRI ECON EDUC ENER ENVI GOVE HEAL INTR JUST REGI SOCI TECH TRAN")
FREQUENCIES = _of(
    f"{_AUTHORITY}/frequency/",
    "continuous=UPDATE_CONT hourly=HOURLY twice_a_day=DAILY_2 daily=DAILY twice_a_week=WEEKLY_2 weekly=WEEKLY "
    "every_two_weeks=BIWEEKLY monthly=MONTHLY every_two_months=BIMONTHLY quarterly=QUARTERLY twice_a_year=ANNUAL_2 "
    "annual=ANNUAL every_two_years=BIENNIAL every_three_years=TRIENNIAL as_needed=AS_NEEDED irregular=IRREG "
    "never=NEVER",
)
ACCESS_RIGHTS = _of(f"{_AUTHORITY}/access-right/", "public=PUBLIC restricted=RESTRICTED non_public=NON_PUBLIC")
PUBLISHER_KINDS = _of(
    "http://purl.org/adms/publishertype/",
    "municipality=LocalAuthority region=RegionalAuthority municipal_company=Company authority=NationalAuthority",
)
#: EU 2023/138 with the parts of its annex that municipalities and regions hold; of the rest, the category as a whole.
HVD_CATEGORIES = _of(
    "http://data.europa.eu/bna/",
    "geospatial=c_ac64a52d administrative_units=c_9427236f geographical_names=c_6c2bb82d addresses=c_c3de25e4 "
    "buildings=c_60182062 cadastral_parcels=c_6a3f6896 reference_parcels=c_fbd2fc3f agricultural_parcels=c_642643e6 "
    "earth_observation_and_environment=c_dd313021 air=c_63b37dd4 climate=c_59e64dd4 emissions=c_4ba9548e "
    "nature_preservation_and_biodiversity=c_b7f6a4f3 noise=c_e4358335 waste=c_38933a65 water=c_43f88346 "
    "horizontal_legislation=c_4d63300b hydrography=c_06b1eec4 protected_sites=c_83aa10a6 elevation=c_315692ad "
    "land_cover=c_b21e1296 land_use=c_ad9ae929 orthoimagery=c_91185a85 geology=c_e3f55603 soil=c_87a129d9 "
    "natural_risk_zones=c_63be22bd habitats_and_biotopes=c_c3919aec species_distribution=c_793164b6 "
    "bio_geographical_regions=c_c873f344 area_management=c_af646f5b environmental_monitoring_facilities=c_7b8fbb64 "
    "production_and_industrial_facilities=c_59c93ba5 energy_resources=c_b7de66cd mineral_resources=c_4dd389c5 "
    "oceanographic_geographical_features=c_b40e6d46 sea_regions=c_f399050e "
    "meteorological=c_164e0bf5 weather_observations=c_3af3368c weather_alerts=c_be47b010 "
    "statistics=c_e1da4e07 population=c_f2b50efd companies=c_a9135398 "
    "mobility=c_b79e35eb transport_networks=c_4b74ea13 inland_waterways=c_b151a0ba",
)
#: The spatial data themes of INSPIRE (directive 2007/2/EC, annexes I to III).
INSPIRE_THEMES = _of(
    "http://inspire.ec.europa.eu/theme/",
    "coordinate_reference_systems=rs geographical_grid_systems=gg geographical_names=gn administrative_units=au "
    "addresses=ad cadastral_parcels=cp transport_networks=tn hydrography=hy protected_sites=ps elevation=el "
    "land_cover=lc orthoimagery=oi geology=ge statistical_units=su buildings=bu soil=so land_use=lu "
    "human_health_and_safety=hh utility_and_governmental_services=us environmental_monitoring_facilities=ef "
    "production_and_industrial_facilities=pf agricultural_and_aquaculture_facilities=af population_distribution=pd "
    "area_management=am natural_risk_zones=nz atmospheric_conditions=ac meteorological_geographical_features=mf "
    "oceanographic_geographical_features=of sea_regions=sr bio_geographical_regions=br habitats_and_biotopes=hb "
    "species_distribution=sd energy_resources=er mineral_resources=mr",
)
#: Languages by the codes that texts are written under: those of the Nordic countries, and the EU's largest.
LANGUAGE_IRIS = _of(
    f"{_AUTHORITY}/language/",
    "sv=SWE en=ENG fi=FIN nb=NOB nn=NNO no=NOR da=DAN is=ISL fo=FAO kl=KAL se=SME sma=SMA smj=SMJ fit=FIT fkv=FKV "
    "rom=ROM yi=YID de=DEU fr=FRA es=SPA it=ITA pl=POL nl=NLD et=EST lv=LAV lt=LIT uk=UKR ar=ARA",
)

Licence = Annotated[str, OneOf(LICENCES)]
Theme = Annotated[str, OneOf(THEMES)]
Update = Annotated[str, OneOf(FREQUENCIES)]
AccessRight = Annotated[str, OneOf(ACCESS_RIGHTS)]
PublisherKind = Annotated[str, OneOf(PUBLISHER_KINDS)]
HvdCategory = Annotated[str, OneOf(HVD_CATEGORIES)]
InspireTheme = Annotated[str, OneOf(INSPIRE_THEMES)]
