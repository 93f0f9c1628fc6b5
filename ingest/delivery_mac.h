#pragma once

// The 32 bytes by which a delivery shows who sent it. Pure and thread-safe.

#include <array>
#include <cstdint>
#include <string_view>

namespace pagepulse {

using DeliveryMac = std::array<uint8_t, 32>;

// False where `hex`, of either case, is not 64 digits.
bool DecodeMac(std::string_view hex, DeliveryMac* mac);
// In a time that does not tell where they differ.
bool SameMac(const DeliveryMac& a, const DeliveryMac& b);

}  // namespace pagepulse
