// The emoji names that bots and people commonly use. A name that is not here stays `:name:`, as in Slack.

const TABLE = `
+1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 ok_hand 👌 wave 👋 clap 👏 raised_hands 🙌 pray 🙏 muscle 💪 point_right 👉
point_left 👈 point_up ☝️ point_up_2 👆 point_down 👇 handshake 🤝 crossed_fingers 🤞 v ✌️ fist ✊ raised_hand ✋ eyes 👀
smile 😄 smiley 😃 grinning 😀 grin 😁 joy 😂 rofl 🤣 slightly_smiling_face 🙂 wink 😉 blush 😊 heart_eyes 😍
sunglasses 😎 thinking_face 🤔 thinking 🤔 neutral_face 😐 confused 😕 worried 😟 cry 😢 sob 😭 angry 😠 rage 😡
scream 😱 sweat_smile 😅 upside_down_face 🙃 relieved 😌 sleeping 😴 partying_face 🥳 star-struck 🤩 shrug 🤷
facepalm 🤦 robot_face 🤖 robot 🤖 ghost 👻 skull 💀 nerd_face 🤓 hugging_face 🤗 zipper_mouth_face 🤐
heart ❤️ broken_heart 💔 orange_heart 🧡 yellow_heart 💛 green_heart 💚 blue_heart 💙 purple_heart 💜 100 💯
tada 🎉 confetti_ball 🎊 balloon 🎈 gift 🎁 birthday 🎂 cake 🍰 trophy 🏆 medal 🏅 first_place_medal 🥇 second_place_medal 🥈
third_place_medal 🥉 crown 👑 sparkles ✨ star ⭐ star2 🌟 fire 🔥 boom 💥 zap ⚡ rocket 🚀 dart 🎯 gem 💎
white_check_mark ✅ heavy_check_mark ✔️ ballot_box_with_check ☑️ check ✔️ x ❌ heavy_multiplication_x ✖️
negative_squared_cross_mark ❎ warning ⚠️ rotating_light 🚨 no_entry ⛔ no_entry_sign 🚫 octagonal_sign 🛑 sos 🆘
exclamation ❗ heavy_exclamation_mark ❗ question ❓ grey_question ❔ grey_exclamation ❕ bangbang ‼️ interrobang ⁉️
information_source ℹ️ bulb 💡 speech_balloon 💬 thought_balloon 💭 loudspeaker 📢 mega 📣 bell 🔔 no_bell 🔕
red_circle 🔴 large_red_circle 🔴 large_orange_circle 🟠 large_yellow_circle 🟡 large_green_circle 🟢
large_blue_circle 🔵 blue_circle 🔵 large_purple_circle 🟣 large_brown_circle 🟤 white_circle ⚪ black_circle ⚫
large_red_square 🟥 large_orange_square 🟧 large_yellow_square 🟨 large_green_square 🟩 large_blue_square 🟦
large_purple_square 🟪 black_large_square ⬛ white_large_square ⬜ black_small_square ▪️ white_small_square ▫️
small_red_triangle 🔺 small_red_triangle_down 🔻 arrow_up ⬆️ arrow_down ⬇️ arrow_right ➡️ arrow_left ⬅️
arrow_upper_right ↗️ arrow_lower_right ↘️ arrow_forward ▶️ arrow_backward ◀️ arrows_counterclockwise 🔄 repeat 🔁
chart_with_upwards_trend 📈 chart_with_downwards_trend 📉 bar_chart 📊 clipboard 📋 memo 📝 pencil 📝 pencil2 ✏️
calendar 📆 date 📅 spiral_calendar_pad 🗓️ alarm_clock ⏰ stopwatch ⏱️ timer_clock ⏲️ hourglass ⌛
hourglass_flowing_sand ⏳ clock1 🕐 clock3 🕒 clock9 🕘 clock12 🕛 watch ⌚
email 📧 e-mail 📧 envelope ✉️ incoming_envelope 📨 inbox_tray 📥 outbox_tray 📤 mailbox 📫 package 📦 label 🏷️
phone ☎️ telephone_receiver 📞 iphone 📱 computer 💻 desktop_computer 🖥️ keyboard ⌨️ gear ⚙️ wrench 🔧 hammer 🔨
hammer_and_wrench 🛠️ tools 🛠️ toolbox 🧰 link 🔗 paperclip 📎 pushpin 📌 round_pushpin 📍 mag 🔍 mag_right 🔎
lock 🔒 unlock 🔓 key 🔑 shield 🛡️ file_folder 📁 open_file_folder 📂 page_facing_up 📄 books 📚 book 📖 bookmark 🔖
newspaper 📰 scroll 📜 card_index_dividers 🗂️ bookmark_tabs 📑 ledger 📒 notebook 📓
moneybag 💰 dollar 💵 euro 💶 pound 💷 credit_card 💳 money_with_wings 💸 coin 🪙 bank 🏦 office 🏢 factory 🏭 house 🏠
briefcase 💼 handbag 👜 graduation_cap 🎓 mortar_board 🎓 technologist 🧑‍💻 busts_in_silhouette 👥 bust_in_silhouette 👤
boat ⛵ sailboat ⛵ ship 🚢 anchor ⚓ airplane ✈️ car 🚗 bike 🚲 construction 🚧 checkered_flag 🏁
triangular_flag_on_post 🚩 white_flag 🏳️ world_map 🗺️ compass 🧭 earth_americas 🌎 earth_africa 🌍 globe_with_meridians 🌐
sunny ☀️ partly_sunny ⛅ cloud ☁️ rain_cloud 🌧️ thunder_cloud_and_rain ⛈️ snowflake ❄️ rainbow 🌈 ocean 🌊 umbrella ☔
seedling 🌱 herb 🌿 four_leaf_clover 🍀 deciduous_tree 🌳 evergreen_tree 🌲 cactus 🌵 rose 🌹 sunflower 🌻 tulip 🌷
dog 🐶 cat 🐱 bear 🐻 panda_face 🐼 bug 🐛 bee 🐝 turtle 🐢 snail 🐌 whale 🐳 octopus 🐙 unicorn_face 🦄 owl 🦉
coffee ☕ tea 🍵 beer 🍺 beers 🍻 champagne 🍾 pizza 🍕 cookie 🍪 doughnut 🍩 apple 🍎 popcorn 🍿
art 🎨 musical_note 🎵 microphone 🎤 headphones 🎧 video_game 🎮 game_die 🎲 jigsaw 🧩 soccer ⚽ basketball 🏀
test_tube 🧪 microscope 🔬 telescope 🔭 satellite 🛰️ battery 🔋 electric_plug 🔌 magnet 🧲 adhesive_bandage 🩹 pill 💊
thermometer 🌡️ hospital 🏥 ambulance 🚑 fire_engine 🚒 police_car 🚓 traffic_light 🚦 vertical_traffic_light 🚦
one 1️⃣ two 2️⃣ three 3️⃣ four 4️⃣ five 5️⃣ six 6️⃣ seven 7️⃣ eight 8️⃣ nine 9️⃣ keycap_ten 🔟 zero 0️⃣
new 🆕 free 🆓 up 🆙 cool 🆒 ok 🆗 soon 🔜 back 🔙 end 🔚 on 🔛 top 🔝 heavy_plus_sign ➕ heavy_minus_sign ➖
heavy_division_sign ➗ wavy_dash 〰️ infinity ♾️ recycle ♻️ copyright ©️ registered ®️ tm ™️ hash #️⃣ asterisk *️⃣
`;

const words = TABLE.trim().split(/\s+/);
const EMOJI = new Map();
for (let i = 0; i + 1 < words.length; i += 2) EMOJI.set(words[i], words[i + 1]);

/** The character of an emoji name such as "tada" (a skin tone after `::` is left out); null when unknown. */
export function findEmoji(name) {
  return EMOJI.get(name.split("::")[0]) ?? null;
}

/** Names that begin with what was typed, for completion: [name, character] pairs. */
export function suggestEmoji(prefix, limit = 8) {
  return [...EMOJI].filter(([name]) => name.startsWith(prefix)).slice(0, limit);
}

/** Text with every known `:name:` replaced by its character. */
export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+-]+(?:::skin-tone-[2-6])?):/g, (whole, name) => findEmoji(name) ?? whole);
}
