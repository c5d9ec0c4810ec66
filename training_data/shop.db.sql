-- The demo shop's orders. Loaded into .frontdesk/shop.db at first use, see
-- training_data/actions/orders.py. Dates count from the day of loading.
BEGIN;

CREATE TABLE IF NOT EXISTS orders (
    order_number    TEXT PRIMARY KEY,
    status          TEXT NOT NULL CHECK (status IN (
                        'processing', 'packed', 'in_transit', 'out_for_delivery',
                        'delayed', 'delivered', 'cancelled', 'returned')),
    product_en      TEXT NOT NULL,
    product_zh      TEXT NOT NULL,
    city            TEXT NOT NULL,
    total_cents     INTEGER NOT NULL,
    carrier         TEXT,
    tracking_number TEXT,
    ordered_on      TEXT NOT NULL,
    expected_on     TEXT,
    delivered_on    TEXT
);

CREATE TABLE IF NOT EXISTS returns (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    order_number TEXT NOT NULL REFERENCES orders (order_number),
    product      TEXT NOT NULL,
    reason       TEXT NOT NULL,
    created_on   TEXT NOT NULL DEFAULT (date('now'))
);

INSERT OR IGNORE INTO orders VALUES
('FD204815', 'in_transit',       'wireless headphones', '无线耳机',     'Berlin',     12900, 'DHL',        'DHL7300418265', date('now', '-3 days'),  date('now', '+2 days'),  NULL),
('FD118203', 'delivered',        'espresso machine',    '意式咖啡机',   'Vienna',     34900, 'DPD',        'DPD0918273645', date('now', '-12 days'), date('now', '-7 days'),  date('now', '-7 days')),
('FD330912', 'processing',       'backpack',            '背包',         'Hamburg',     7900, NULL,         NULL,            date('now'),             date('now', '+5 days'),  NULL),
('FD450127', 'out_for_delivery', 'running shoes',       '跑步鞋',       'Paris',       9900, 'DHL',        'DHL7300592814', date('now', '-4 days'),  date('now'),             NULL),
('FD561298', 'delivered',        'monitor',             '显示器',       'Munich',     27900, 'DHL',        'DHL7300117733', date('now', '-20 days'), date('now', '-16 days'), date('now', '-15 days')),
('FD672340', 'delayed',          'tent',                '帐篷',         'Rome',       18900, 'DPD',        'DPD0926458137', date('now', '-8 days'),  date('now', '+3 days'),  NULL),
('FD783451', 'in_transit',       'smartwatch',          '智能手表',     'Shanghai',   21900, 'SF Express', 'SF1402837465',  date('now', '-5 days'),  date('now', '+4 days'),  NULL),
('FD894562', 'cancelled',        'drone',               '无人机',       'Madrid',     49900, NULL,         NULL,            date('now', '-6 days'),  NULL,                    NULL),
('FD905673', 'returned',         'desk lamp',           '台灯',         'Lisbon',      4900, 'DHL',        'DHL7300884421', date('now', '-25 days'), date('now', '-20 days'), date('now', '-20 days')),
('FD112358', 'packed',           'keyboard',            '键盘',         'Prague',      8900, 'DPD',        'DPD0931122334', date('now', '-1 days'),  date('now', '+4 days'),  NULL),
('FD132134', 'delivered',        'vacuum cleaner',      '吸尘器',       'Warsaw',     15900, 'DPD',        'DPD0887766554', date('now', '-60 days'), date('now', '-55 days'), date('now', '-54 days')),
('FD155890', 'in_transit',       'sleeping bag',        '睡袋',         'Oslo',       10900, 'DHL',        'DHL7300661290', date('now', '-2 days'),  date('now', '+3 days'),  NULL),
('FD167204', 'processing',       'air purifier',        '空气净化器',   'Beijing',    19900, NULL,         NULL,            date('now', '-1 days'),  date('now', '+9 days'),  NULL),
('FD178315', 'delivered',        'rice cooker',         '电饭煲',       'Guangzhou',   8900, 'SF Express', 'SF1402551937',  date('now', '-18 days'), date('now', '-10 days'), date('now', '-9 days')),
('FD189426', 'out_for_delivery', 'bluetooth speaker',   '蓝牙音箱',     'Shenzhen',    5900, 'SF Express', 'SF1402604418',  date('now', '-8 days'),  date('now'),             NULL),
('FD190537', 'delayed',          'standing desk',       '升降桌',       'Dublin',     39900, 'DPD',        'DPD0945566778', date('now', '-10 days'), date('now', '+5 days'),  NULL),
('FD201648', 'delivered',        'kettle',              '电热水壶',     'Leipzig',     3900, 'DHL',        'DHL7300239184', date('now', '-9 days'),  date('now', '-5 days'),  date('now', '-5 days')),
('FD212759', 'packed',           'suitcase',            '行李箱',       'Zurich',     13900, 'DHL',        'DHL7300714402', date('now', '-1 days'),  date('now', '+3 days'),  NULL),
('FD223860', 'in_transit',       'tablet',              '平板电脑',     'Chengdu',    32900, 'SF Express', 'SF1402719026',  date('now', '-6 days'),  date('now', '+3 days'),  NULL),
('FD234971', 'cancelled',        'blender',             '破壁机',       'Brussels',    9900, NULL,         NULL,            date('now', '-3 days'),  NULL,                    NULL),
('FD246082', 'delivered',        'hiking boots',        '登山鞋',       'Graz',       14900, 'DPD',        'DPD0950912873', date('now', '-14 days'), date('now', '-10 days'), date('now', '-11 days')),
('FD257193', 'processing',       'e-reader',            '电子书阅读器', 'Helsinki',   11900, NULL,         NULL,            date('now'),             date('now', '+5 days'),  NULL),
('FD268304', 'returned',         'jacket',              '夹克',         'Cologne',    12900, 'DHL',        'DHL7300905517', date('now', '-30 days'), date('now', '-26 days'), date('now', '-26 days')),
('FD279415', 'in_transit',       'power bank',          '充电宝',       'Budapest',    4900, 'DPD',        'DPD0962341765', date('now', '-2 days'),  date('now', '+2 days'),  NULL),
('FD280526', 'delivered',        'camera',              '相机',         'Hangzhou',   59900, 'SF Express', 'SF1402398845',  date('now', '-45 days'), date('now', '-37 days'), date('now', '-36 days')),
('FD291637', 'out_for_delivery', 'yoga mat',            '瑜伽垫',       'Barcelona',   2900, 'DHL',        'DHL7300773196', date('now', '-4 days'),  date('now'),             NULL),
('FD302748', 'delivered',        'robot vacuum',        '扫地机器人',   'Hong Kong',  38900, 'SF Express', 'SF1402447701',  date('now', '-22 days'), date('now', '-14 days'), date('now', '-13 days')),
('FD313859', 'delayed',          'desk chair',          '办公椅',       'Stockholm',  24900, 'DHL',        'DHL7300827748', date('now', '-9 days'),  date('now', '+2 days'),  NULL),
('FD324960', 'packed',           'air fryer',           '空气炸锅',     'Amsterdam',  11900, 'DPD',        'DPD0973219854', date('now', '-1 days'),  date('now', '+4 days'),  NULL),
('FD336071', 'processing',       'bike helmet',         '骑行头盔',     'Copenhagen',  6900, NULL,         NULL,            date('now'),             date('now', '+4 days'),  NULL),
('FD347182', 'delivered',        'electric toothbrush', '电动牙刷',     'Taipei',      7900, 'SF Express', 'SF1402886203',  date('now', '-16 days'), date('now', '-8 days'),  date('now', '-8 days')),
('FD358293', 'in_transit',       'coffee machine',      '咖啡机',       'Nanjing',    16900, 'SF Express', 'SF1402930571',  date('now', '-4 days'),  date('now', '+5 days'),  NULL),
('FD369404', 'delivered',        'laptop stand',        '笔记本支架',   'Athens',      3900, 'DPD',        'DPD0984455221', date('now', '-6 days'),  date('now', '-2 days'),  date('now', '-1 days')),
('FD380515', 'in_transit',       'webcam',              '摄像头',       'Wuhan',       6900, 'SF Express', 'SF1402975530',  date('now', '-3 days'),  date('now', '+6 days'),  NULL);

COMMIT;
