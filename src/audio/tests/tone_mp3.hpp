// A file as a carrier might send it: 0.6 s, 8 kHz, two channels, 440 Hz left and 1000 Hz right.
#pragma once

#include <string_view>

namespace parley::audio {

inline constexpr std::string_view kToneMp3 =
    "/+MoBAAGGElw3KGAAQwhLt5ZQSgAqQTttoAd3d3dzRERERP93//cOBgYGLMyIAQdh/iAEJTlA/wcdiAH9YOHNAP8CO5/ouu2"
    "2Yd3AGMYxjGNgAAAAeYxjGPwAABeYxj/AD/+/1OHwAAgcOYY/wx09IY6f8Bn+5UDDCAAAAGReJox/y6QEmiBf4hMOSBrAQNz"
    "/+MoBBkIdJ9iLMoUAA+JOvY5h4ACpoAFaGhKYGkOjvAUAQBEg8Hv/wiAIAiQeDxQ7//4dBoKgqIj3/WCoiPArQIAwMEAIBQA"
    "AIwPgXCL/jURR4bf48aaNf9IvF4xLpM//qSMkSZICCyTv4mn8TSd//wVCQNCUJA1/+JQkDRV///+TQdEDYKDpgIgAAwNhCAw"
    "/+MoBBIGTFMyAOsAAA1RVkABwPgAthMAwwj4Axj/6AypDoAxRg+AwUgqAUAuF8wFAChkUcD/////////9cRAFJgeQS+YbQeP"
    "msdCwpizAdKYMAA5mAXAHRgT4EUAgGoveYA0AIpqtKTCt4r///aSgKAAWYeIGTlBniKbvIGJUPudGvdJraDDmHuDcYLADpQB"
    "/+MoBCUF3FMkAAN+IgshJimICG4ccVAAwKAIWxROsLASBlvOXlPcv/eXw/vz7//8Ivs4MuHN+1X27FN1/J7dO3/b/p+/Rd/9"
    "vFv9Ff//9kAjABCwBCHceAUMDsB8wjgdDF1HFPL7Ys3JRaTFEB4MIsEMwSANDaiM1MCBF56VCEOWSy1v35f70f6/J/l/wjHj"
    "/+MoBEQGOFMiAAPZJAtxJiTICG4cgzSI6LdvqblG/2t3+z68lu1+l8bcpH+r7f+uhf//7CluiQEAhUwwjMFUABcmABhQhgWC"
    "XYYCmD+EgFCCAEQwAkAbBQAmRADBWABq00f2IP8vmW9dr6/Oj8haTv//wi+zgy4cR/T8bTMN7v/0bVdqvq///6OjoX12EP//"
    "/+MoBF8GHFMmAAN/IgsJJijICG4c9YEQgwAGTFRwzkyNeRztYgxvB1z7d33OFQWsxdwXjCUAJMDkAUEgMiEBQGADiEAKkEgQ"
    "9+f+iy+s6/18vd/lM+rCMeODNIhm/9z7P9VDksdX/2/0/3eUK6Po+7bopqoV///3AR7LUKbhQAAwIQMzBkCQMRkhU5zvyzV9"
    "/+MoBH0GWFMgAAN+IguhJiVgCG4cGnMPQIowaQRzA4AuO2DekswifZ0ZZKFoPN8v/8/LXL+fkfTv//CLBiDI4jyX73Pr/9v/"
    "+h/7/0Pq97ez//+h/////////99//3n+qdPdGtgiN4EBGMHAGYwhBNDFkj6MccO4wsAVDBIBGBwIgiAIAQDCYjq9////////"
    "/+MoBJYF0FMkAAPYJArRJjGSCG4czf+f/rDDD8MMObrjIAJgRgQmCUfya8ARZg3BiGEgCEYEgDQMADBQCaRb7RS5Zt/IYkAR"
    "DYjEgkEALhcQL5MjmizSHeRc3IAOYRYgRMjm/UAG4jQZUgQ+RBXwA4Lz0SgeBcDYkVFf/1fv6weAWAWDkGoNShb//0PdzEQ9"
    "/+MoBLcGwFMwAK8AAA15VmQBQfAB3DokVFWFhZVX///MRD3cxEPdyhYWJFRVhZpVf///zEQ93MRDx4BCKgsJ5v////+jHgCM"
    "eAIx4ABxpgAhx5hEZcybX/5NMgQJAxpH//DyekTiQN/+gXGWbzEukyZF4i370zQwJwAq6SRRIqMqOoQGBvwfsG3f7FdNM0QY"
    "/+MoBMYQTTVo3MkgAaCKYsGRhqAB3TcXMUSKkVMi8XkUUf/LiCBfTTNEEDdNMyLxeRRRUkktFH/80QQN00zRBGPAIRUFhPN/"
    "////0Y8ARjwBGPAKTEFNRTMuMTAwqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"
    "/+MoBDwAAAGkAOAAAAAAA0gBwAAAqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"
    "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq";

}  // namespace parley::audio
