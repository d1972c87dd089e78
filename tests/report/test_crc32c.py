import pytest

from keras_tips.report.crc32c import crc32c, crc32c_by_table

VECTORS = {  # from RFC 3720, appendix B.4, and the checksum's usual check value
    b"": 0,
    b"123456789": 0xE3069283,
    bytes(32): 0x8A9136AA,
    b"\xff" * 32: 0x62A8AB43,
    bytes(range(32)): 0x46DD794E,
}


@pytest.mark.parametrize("function", [crc32c, crc32c_by_table])
@pytest.mark.parametrize("data", VECTORS)
def test_published_values(function, data):
    assert function(data) == VECTORS[data]


def test_table_agrees_with_long_division():
    data = bytes((7 * number + 3) % 256 for number in range(300))
    crc = 0xFFFFFFFF
    for byte in data:
        for bit in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if (crc ^ (byte >> bit)) & 1 else 0)
    assert crc32c_by_table(data) == crc ^ 0xFFFFFFFF


def test_table_agrees_with_google_crc32c():
    google_crc32c = pytest.importorskip("google_crc32c")
    data = bytes(range(256)) * 5
    assert crc32c_by_table(data) == google_crc32c.value(data)
