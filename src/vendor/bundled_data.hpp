// Files of tables/ that are part of the program. Any thread.
#pragma once

#include <string_view>

namespace parley::vendor {

std::string_view bundled_prices();   // tables/prices.yaml
std::string_view bundled_models();   // tables/models.yaml
std::string_view bundled_choices();  // tables/choices.yaml

}  // namespace parley::vendor
