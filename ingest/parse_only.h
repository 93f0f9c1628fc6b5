#pragma once

// The yardstick of `pagepulse bench`: what simdjson takes to find the fields of native events, and
// nothing else. One On-Demand `iterate` a line, in the order of the keys, seven fields touched.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pagepulse {

// How many lines of the text are events. kPadding readable bytes must follow the text; lines end
// with LF. The sum of what was touched goes to *touched, so that no compiler leaves it out.
uint64_t ParseOnly(std::string_view text, uint64_t* touched);

}  // namespace pagepulse
