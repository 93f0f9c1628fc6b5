#include "ingest/delivery_mac.h"

#include <openssl/crypto.h>

#include "base/hex.h"

namespace pagepulse {

bool DecodeMac(std::string_view hex, DeliveryMac* mac) {
  if (hex.size() != 2 * mac->size()) return false;
  for (size_t i = 0; i < mac->size(); ++i) {
    const int high = HexDigit(hex[2 * i]), low = HexDigit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    (*mac)[i] = static_cast<uint8_t>(high * 16 + low);
  }
  return true;
}

bool SameMac(const DeliveryMac& a, const DeliveryMac& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace pagepulse
